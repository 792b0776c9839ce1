// The schema _lakeflow: state, quarantine and the run's log land with the rows, or not at all.
#include <arrow/type.h>
#include <duckdb.h>
#include <gtest/gtest.h>

#include <fstream>
#include <optional>
#include <string>

#include "destinations/duckdb/test/duckdb_fixture.h"

namespace lakeflow::testing {
namespace {

const StateOwner kOwner = {"clinic.yaml", "Patient", "bronze.Patient"};

class LakeflowSchemaTest : public DuckDbTest {
 protected:
  std::string state(const StateOwner& owner, std::string_view name) {
    const auto found = destination_->find_state(owner, name);
    if (!found) return text_of(found.error());
    return found->value_or("(none)");
  }
  std::string scan(std::string_view prefix) {
    std::string out;
    const Status scanned = destination_->scan_state(kOwner, prefix, [&](std::string_view name, std::string_view value) -> Status {
      out += std::string(name) + "=" + std::string(value) + " ";
      return {};
    });
    return scanned ? out : text_of(scanned.error());
  }

  std::unique_ptr<Destination> destination_ = open();
};

TEST_F(LakeflowSchemaTest, WhatFailedAndWhatWasDoneByHandIsKept) {
  {
    const auto transaction = *destination_->begin();
    const TableFailure failure = {kOwner, "source", "the server answered 500"};
    ASSERT_TRUE(transaction->log_failures("run-1", std::span(&failure, 1)));
    ASSERT_TRUE(transaction->log_state_change({kOwner, "offset", std::nullopt, "{\"at\":1}", "ann", "it's a backfill"}));
    ASSERT_TRUE(transaction->commit());
  }
  EXPECT_EQ(query_text(*destination_, "SELECT * EXCLUDE failed_at FROM _lakeflow.failures"),
            "run-1 | clinic.yaml | Patient | bronze.Patient | source | the server answered 500\n");
  EXPECT_EQ(query_text(*destination_, "SELECT * EXCLUDE (changed_at, new_value), decode(new_value) FROM _lakeflow.state_changes"),
            "ann | clinic.yaml | Patient | bronze.Patient | offset | null | it's a backfill | {\"at\":1}\n");
}

TEST_F(LakeflowSchemaTest, ABuiltTableTakesThePlaceOfAnother) {
  const StateOwner built_owner = {"clinic.yaml", "Patient", "bronze.Patient__refresh"};
  ApplyPlan plan;
  plan.target = {"bronze", "Patient"};
  plan.mode = ApplyMode::kChanges;
  plan.schema = arrow::schema({arrow::field("id", arrow::utf8()), arrow::field("v", arrow::int64()), arrow::field("_content_hash", arrow::int64())});
  plan.key_columns = {"id"};
  plan.sequence_columns = {"v"};
  ApplyPlan built = plan;
  built.target.table = "Patient__refresh";
  ASSERT_EQ(apply_text(*destination_, plan, {R"([{"id":"old","v":1},{"id":"gone","v":1}])", R"([{"id":"gone","v":2,"_delete":true}])"}),
            "2 inserted\n1 deleted\n");
  ASSERT_EQ(apply_text(*destination_, built, {R"([{"id":"new","v":1},{"id":"buried","v":1}])", R"([{"id":"buried","v":5,"_delete":true}])"}),
            "2 inserted\n1 deleted\n");
  {
    const auto transaction = *destination_->begin();
    ASSERT_TRUE(transaction->put_state(kOwner, "offset", "old"));
    ASSERT_TRUE(transaction->put_state(kOwner, "file/a", "old"));
    ASSERT_TRUE(transaction->put_state(built_owner, "offset", "new"));
    ASSERT_TRUE(transaction->commit());
  }
  const auto everything = [&] {
    return query_text(*destination_, "SELECT id FROM bronze.Patient ORDER BY id") + scan("") +
           query_text(*destination_, "SELECT destination_table, key::VARCHAR FROM _lakeflow.tombstones ORDER BY ALL") +
           query_text(*destination_, "SELECT table_name FROM information_schema.tables WHERE table_schema = 'bronze' ORDER BY ALL");
  };
  const std::string before = "old\nfile/a=old offset=old bronze.Patient | [gone]\nbronze.Patient__refresh | [buried]\nPatient\nPatient__refresh\n";
  ASSERT_EQ(everything(), before);
  const TableReplacement replacement = {.built_owner = built_owner, .built = built.target, .owner = kOwner, .table = plan.target};
  {
    const auto transaction = *destination_->begin();
    ASSERT_TRUE(transaction->put_state(built_owner, "file/b", "of this transaction"));
    ASSERT_TRUE(transaction->replace_table(replacement));
    EXPECT_EQ(everything(), before);
  }
  ASSERT_EQ(everything(), before);
  {
    const auto transaction = *destination_->begin();
    ASSERT_TRUE(transaction->put_state(built_owner, "file/b", "of this transaction"));
    ASSERT_TRUE(transaction->replace_table(replacement));
    ASSERT_TRUE(transaction->commit());
  }
  EXPECT_EQ(everything(), "new\nfile/b=of this transaction offset=new bronze.Patient | [buried]\nPatient\n");
  EXPECT_EQ(apply_text(*destination_, plan, {R"([{"id":"buried","v":4},{"id":"new","v":2}])"}), "1 updated, 1 superseded\n");
}

TEST_F(LakeflowSchemaTest, AnOlderVersionIsMovedForward) {
  destination_.reset();
  duckdb_database database = nullptr;
  duckdb_connection connection = nullptr;
  ASSERT_EQ(duckdb_open(path().c_str(), &database), DuckDBSuccess);
  ASSERT_EQ(duckdb_connect(database, &connection), DuckDBSuccess);
  for (const char* sql : {"DELETE FROM _lakeflow.version WHERE version > 1", "DROP TABLE _lakeflow.failures", "DROP TABLE _lakeflow.state_changes",
                          "DROP TABLE _lakeflow.erasures", "DROP TABLE _lakeflow.quarantine_changes",
                          "ALTER TABLE _lakeflow.quarantine DROP COLUMN is_delete", "ALTER TABLE _lakeflow.quarantine DROP COLUMN landing_tables",
                          "ALTER TABLE _lakeflow.quarantine DROP COLUMN id", "ALTER TABLE _lakeflow.quarantine DROP COLUMN times_seen",
                          "ALTER TABLE _lakeflow.quarantine DROP COLUMN last_seen_at", "ALTER TABLE _lakeflow.quarantine DROP COLUMN state",
                          "INSERT INTO _lakeflow.quarantine VALUES ('r', 'p', '2024-05-01 00:00:00+00', 's', 'd', 'torn', '', 'a.hl7', 7, 'x'::BLOB)",
                          "INSERT INTO _lakeflow.state VALUES ('p', 's', 'd', 'offset', 'kept'::BLOB, now())"}) {
    ASSERT_EQ(duckdb_query(connection, sql, nullptr), DuckDBSuccess) << sql;
  }
  duckdb_disconnect(&connection);
  duckdb_close(&database);
  // Who only reads an older file leaves it as it is.
  EXPECT_EQ(query_text(*open(true), "SELECT version FROM _lakeflow.version"), "1\n");
  destination_ = open();
  EXPECT_EQ(query_text(*destination_, "SELECT version FROM _lakeflow.version ORDER BY 1"), "1\n2\n3\n4\n");
  EXPECT_EQ(query_text(*destination_, "SELECT count(*) FROM _lakeflow.failures"), "0\n");
  EXPECT_EQ(query_text(*destination_,
                       "SELECT length(id), landing_tables, times_seen, last_seen_at = quarantined_at, state, is_delete FROM _lakeflow.quarantine"),
            "32 | d | 1 | true | open | false\n");
  EXPECT_EQ(query_text(*destination_, "SELECT decode(value) FROM _lakeflow.state"), "kept\n");
}

TEST_F(LakeflowSchemaTest, TheVersionIsWritten) {
  EXPECT_EQ(query_text(*destination_, "SELECT version FROM _lakeflow.version ORDER BY 1"), "1\n2\n3\n4\n");
}

}  // namespace
}  // namespace lakeflow::testing
