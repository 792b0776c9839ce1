// Wide tables, which are views over the columns that hold something: what a reader sees is what is declared.
#include <arrow/type.h>
#include <arrow/util/key_value_metadata.h>
#include <duckdb.h>
#include <gtest/gtest.h>

#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "destinations/duckdb/test/duckdb_fixture.h"

namespace lakeflow::testing {
namespace {

constexpr std::size_t kViews = 0;
constexpr std::size_t kTables = 1000;

std::shared_ptr<arrow::Field> described(const std::string& name, const std::shared_ptr<arrow::DataType>& type) {
  return arrow::field(name, type, true, arrow::key_value_metadata({"lakeflow.description"}, {"what " + name + " is"}));
}

std::shared_ptr<arrow::DataType> code_type() {
  const auto coding =
      arrow::struct_({arrow::field("system", arrow::utf8()), arrow::field("code", arrow::utf8()), arrow::field("rank", arrow::int32())});
  return arrow::struct_({arrow::field("id", arrow::utf8()), arrow::field("coding", arrow::list(coding)), arrow::field("text", arrow::utf8())});
}

arrow::FieldVector observation_fields() {
  return {arrow::field("id", arrow::utf8()),
          arrow::field("meta", arrow::struct_({arrow::field("version", arrow::utf8()), arrow::field("updated", arrow::int64())})),
          described("code", code_type()),
          described("codes", arrow::list(code_type())),
          arrow::field("tags", arrow::map(arrow::utf8(), arrow::int64())),
          arrow::field("subject", arrow::struct_({arrow::field("reference", arrow::utf8()), arrow::field("number", arrow::int64())})),
          arrow::field("note", arrow::utf8())};
}

ApplyPlan append_plan() {
  ApplyPlan plan;
  plan.target = {"clinic", "Observation"};
  plan.schema = arrow::schema(observation_fields());
  return plan;
}

ApplyPlan changes_plan() {
  ApplyPlan plan = append_plan();
  plan.mode = ApplyMode::kChanges;
  arrow::FieldVector fields = observation_fields();
  fields.push_back(arrow::field("_content_hash", arrow::int64()));
  plan.schema = arrow::schema(std::move(fields));
  plan.key_columns = {"id"};
  plan.sequence_columns = {"meta.updated"};
  return plan;
}

constexpr const char* kDeclared =
    "id | VARCHAR\nmeta | STRUCT(\"version\" VARCHAR, updated BIGINT)\n"
    "code | STRUCT(id VARCHAR, coding STRUCT(\"system\" VARCHAR, code VARCHAR, rank INTEGER)[], \"text\" VARCHAR)\n"
    "codes | STRUCT(id VARCHAR, coding STRUCT(\"system\" VARCHAR, code VARCHAR, rank INTEGER)[], \"text\" VARCHAR)[]\n"
    "tags | MAP(VARCHAR, BIGINT)\nsubject | STRUCT(reference VARCHAR, number BIGINT)\nnote | VARCHAR\n";

class WideTablesTest : public DuckDbTest {
 protected:
  std::string stored() {
    return query_text(*destination_,
                      "SELECT string_agg(column_name || ' ' || data_type, '; ' ORDER BY column_index) FROM duckdb_columns() WHERE "
                      "table_name = 'rows_of_clinic.Observation'");
  }
  std::string declared() {
    return query_text(*destination_,
                      "SELECT column_name, data_type FROM duckdb_columns() WHERE table_name = 'Observation' AND column_name <> '_content_hash' "
                      "ORDER BY column_index");
  }
  std::string rows(const std::string& columns, const std::string& table = "clinic.Observation") {
    return query_text(*destination_, "SELECT " + columns + " FROM " + table + " ORDER BY id");
  }
  // Another process' hands.
  void by_hand(std::initializer_list<const char*> statements) {
    destination_.reset();
    duckdb_database database = nullptr;
    duckdb_connection connection = nullptr;
    ASSERT_EQ(duckdb_open(path().c_str(), &database), DuckDBSuccess);
    ASSERT_EQ(duckdb_connect(database, &connection), DuckDBSuccess);
    for (const char* sql : statements) EXPECT_EQ(duckdb_query(connection, sql, nullptr), DuckDBSuccess) << sql;
    duckdb_disconnect(&connection);
    duckdb_close(&database);
    destination_ = open(false, kViews);
  }

  std::unique_ptr<Destination> destination_ = open(false, kViews);
};

TEST_F(WideTablesTest, ColumnsAndMembersComeWithTheirFirstValue) {
  EXPECT_EQ(apply_text(*destination_, append_plan(), {R"([{"id":"a"},{"id":"b","note":"n"}])"}), "2 inserted\n");
  EXPECT_EQ(declared(), kDeclared);
  EXPECT_EQ(stored(), "id VARCHAR; note VARCHAR\n");
  EXPECT_EQ(rows("*"), "a | null | null | null | null | null | null\nb | null | null | null | null | null | n\n");

  EXPECT_EQ(apply_text(*destination_, append_plan(),
                       {R"([{"id":"c","code":{"coding":[{"code":"1"},null,{"code":null}]},"codes":[{"text":"t"}]},{"id":"d","codes":[]}])",
                        R"([{"id":"e","codes":[{"text":"u","coding":[{"rank":7}]},{"text":null}],"tags":[["k",1]],"subject":{"number":5}}])"}),
            "2 inserted\n1 inserted\n");
  EXPECT_EQ(declared(), kDeclared);
  EXPECT_EQ(stored(),
            "id VARCHAR; note VARCHAR; code STRUCT(coding STRUCT(code VARCHAR)[]); codes STRUCT(\"text\" VARCHAR, coding STRUCT(rank INTEGER)[])[]; "
            "tags MAP(VARCHAR, BIGINT); subject STRUCT(number BIGINT)\n");
  EXPECT_EQ(rows("id, code::VARCHAR, codes::VARCHAR, tags::VARCHAR, subject::VARCHAR, note"),
            "a | null | null | null | null | null\n"
            "b | null | null | null | null | n\n"
            "c | {'id': NULL, 'coding': [{'system': NULL, 'code': 1, 'rank': NULL}, NULL, {'system': NULL, 'code': NULL, 'rank': NULL}], 'text': "
            "NULL} | [{'id': NULL, 'coding': NULL, 'text': t}] | null | null | null\n"
            "d | null | [] | null | null | null\n"
            "e | null | [{'id': NULL, 'coding': [{'system': NULL, 'code': NULL, 'rank': 7}], 'text': u}, {'id': NULL, 'coding': NULL, 'text': "
            "NULL}] | {k=1} | {'reference': NULL, 'number': 5} | null\n");
  EXPECT_EQ(query_text(*destination_, "SELECT id FROM clinic.Observation WHERE code.coding[1].code = '1'"), "c\n");
}

TEST_F(WideTablesTest, AStructWithNothingInItIsNoNull) {
  EXPECT_EQ(apply_text(*destination_, append_plan(),
                       {R"([{"id":"a","code":{}},{"id":"b","codes":[{}]},{"id":"c","codes":[null]},{"id":"d","code":{"coding":[]}},
                            {"id":"e","code":{"coding":[{}]}},{"id":"f","tags":[]}])"}),
            "6 inserted\n");
  EXPECT_EQ(rows("id, code IS NULL, code.coding::VARCHAR, codes::VARCHAR, tags::VARCHAR"),
            "a | false | null | null | null\n"
            "b | true | null | [{'id': NULL, 'coding': NULL, 'text': NULL}] | null\n"
            "c | true | null | [NULL] | null\n"
            "d | false | [] | null | null\n"
            "e | false | [{'system': NULL, 'code': NULL, 'rank': NULL}] | null | null\n"
            "f | true | null | null | {}\n");
  EXPECT_EQ(stored(), "id VARCHAR; code STRUCT(coding STRUCT(\"system\" VARCHAR)[]); codes STRUCT(id VARCHAR)[]; tags MAP(VARCHAR, BIGINT)\n");
}

TEST_F(WideTablesTest, ANarrowTableIsATable) {
  destination_.reset();
  destination_ = open(false, 10);
  EXPECT_EQ(apply_text(*destination_, append_plan(), {R"([{"id":"a"}])"}), "1 inserted\n");
  ApplyPlan narrow = append_plan();
  narrow.target.table = "narrow";
  narrow.schema = arrow::schema({arrow::field("id", arrow::utf8()), arrow::field("note", arrow::utf8())});
  EXPECT_EQ(apply_text(*destination_, narrow, {R"([{"id":"a"}])"}), "1 inserted\n");
  EXPECT_EQ(query_text(*destination_, "SELECT table_name, table_type FROM information_schema.tables WHERE table_schema = 'clinic' ORDER BY 1"),
            "Observation | VIEW\nnarrow | BASE TABLE\n");
}

TEST_F(WideTablesTest, WhatComesAfterDeletesOfTheSameTransactionIsThereToo) {
  ASSERT_EQ(
      apply_text(*destination_, changes_plan(),
                 {R"([{"id":"a","meta":{"updated":1},"_content_hash":1},{"id":"b","meta":{"updated":1},"subject":{"number":1},"_content_hash":2},
                            {"id":"c","meta":{"updated":1},"_content_hash":3}])"}),
      "3 inserted\n");
  EXPECT_EQ(apply_text(*destination_, changes_plan(),
                       {R"([{"id":"a","meta":{"updated":2},"_content_hash":4},{"id":"d","meta":{"updated":1},"note":"first","_content_hash":5}])",
                        R"([{"id":"b","meta":{"updated":2,"version":"v"},"subject":{"number":2,"reference":"r"},"_content_hash":6}])",
                        R"([{"id":"d","meta":{"updated":3},"code":{"text":"t"},"_content_hash":7},
                            {"id":"c","meta":{"updated":2},"_content_hash":0,"_delete":true}])",
                        R"([{"id":"e","meta":{"updated":3},"code":{"id":"i"},"_content_hash":8}])"}),
            "1 inserted, 1 updated\n1 updated\n1 updated, 1 deleted\n1 inserted\n");
  const std::string landed =
      "a | {'version': NULL, 'updated': 2} | null | null | null\n"
      "b | {'version': v, 'updated': 2} | null | {'reference': r, 'number': 2} | null\n"
      "d | {'version': NULL, 'updated': 3} | {'id': NULL, 'coding': NULL, 'text': t} | null | null\n"
      "e | {'version': NULL, 'updated': 3} | {'id': i, 'coding': NULL, 'text': NULL} | null | null\n";
  EXPECT_EQ(rows("id, meta::VARCHAR, code::VARCHAR, subject::VARCHAR, note"), landed);
  destination_.reset();
  destination_ = open(false, kViews);
  EXPECT_EQ(rows("id, meta::VARCHAR, code::VARCHAR, subject::VARCHAR, note"), landed);
}

TEST_F(WideTablesTest, WhatIsRolledBackLeavesTheColumnsAsTheyWere) {
  ASSERT_EQ(apply_text(*destination_, append_plan(), {R"([{"id":"a"}])"}), "1 inserted\n");
  {
    const auto transaction = *destination_->begin();
    ASSERT_TRUE(transaction->apply(append_plan(), slice_of(append_plan(), R"([{"id":"b","note":"n","code":{"text":"t"}}])")));
    EXPECT_EQ(stored(), "id VARCHAR\n");
  }
  EXPECT_EQ(stored(), "id VARCHAR\n");
  EXPECT_EQ(apply_text(*destination_, append_plan(), {R"([{"id":"b","note":"n"}])"}), "1 inserted\n");
  EXPECT_EQ(rows("id, note"), "a | null\nb | n\n");
}

TEST_F(WideTablesTest, TheViewGrowsWithTheSourceAndKeepsItsComments) {
  ASSERT_EQ(apply_text(*destination_, append_plan(), {R"([{"id":"a","code":{"coding":[{"rank":1}]}}])"}), "1 inserted\n");
  ApplyPlan wider = append_plan();
  arrow::FieldVector fields = observation_fields();
  const auto coding = arrow::struct_({arrow::field("rank", arrow::int64()), arrow::field("since", arrow::date32())});
  fields[2] = arrow::field("code", arrow::struct_({arrow::field("coding", arrow::list(coding))}));
  fields.push_back(described("place", arrow::utf8()));
  wider.schema = arrow::schema(std::move(fields));
  const auto transaction = *destination_->begin();
  EXPECT_EQ(*transaction->prepare_table(wider),
            (std::vector<std::string>{"column code.coding.element.since was added", "column code.coding.element.rank was widened: INTEGER to BIGINT",
                                      "column place was added"}));
  ASSERT_TRUE(transaction->apply(wider, slice_of(wider, R"([{"id":"b","code":{"coding":[{"rank":5000000000,"since":1}]}}])")));
  ASSERT_TRUE(transaction->commit());
  EXPECT_EQ(stored(), "id VARCHAR; code STRUCT(coding STRUCT(rank BIGINT, since DATE)[])\n");
  EXPECT_EQ(rows("id, code::VARCHAR, place"),
            "a | {'id': NULL, 'coding': [{'system': NULL, 'code': NULL, 'rank': 1, 'since': NULL}], 'text': NULL} | null\n"
            "b | {'id': NULL, 'coding': [{'system': NULL, 'code': NULL, 'rank': 5000000000, 'since': 1970-01-02}], 'text': NULL} | null\n");
  EXPECT_EQ(query_text(*destination_,
                       "SELECT column_name, comment FROM duckdb_columns() WHERE table_name = 'Observation' AND comment IS NOT NULL ORDER BY 1"),
            "code | what code is\ncodes | what codes is\nplace | what place is\n");
}

TEST_F(WideTablesTest, ATableOfBeforeStaysOneUntilAFullRefreshPutsAViewInItsPlace) {
  destination_.reset();
  destination_ = open(false, kTables);
  ASSERT_EQ(apply_text(*destination_, changes_plan(), {R"([{"id":"a","meta":{"updated":1},"_content_hash":1}])"}), "1 inserted\n");
  destination_.reset();
  destination_ = open(false, kViews);
  EXPECT_EQ(apply_text(*destination_, changes_plan(), {R"([{"id":"a","meta":{"updated":2},"note":"n","_content_hash":2}])"}), "1 updated\n");
  EXPECT_EQ(stored(), "null\n");
  EXPECT_EQ(rows("id, note"), "a | n\n");
  ApplyPlan built = changes_plan();
  built.target.table = "Observation__refresh";
  const TableReplacement replacement = {.built_owner = {"p", "Observation", built.target.text()},
                                        .built = built.target,
                                        .owner = {"p", "Observation", "clinic.Observation"},
                                        .table = changes_plan().target};
  // From a table to a view, and from a view to another.
  for (const std::string note : {"anew", "once more"}) {
    ASSERT_EQ(apply_text(*destination_, built, {R"([{"id":"b","meta":{"updated":1},"note":")" + note + R"(","_content_hash":1}])"}), "1 inserted\n");
    const auto transaction = *destination_->begin();
    ASSERT_TRUE(transaction->replace_table(replacement));
    EXPECT_EQ(*transaction->count_rows(changes_plan().target), 1U);
    ASSERT_TRUE(transaction->commit());
    EXPECT_EQ(rows("id, note"), "b | " + note + "\n");
    EXPECT_EQ(declared(), kDeclared);
  }
  EXPECT_EQ(query_text(*destination_,
                       "SELECT table_schema, table_name, table_type FROM information_schema.tables WHERE table_name LIKE "
                       "'%Observation%' ORDER BY ALL"),
            "_lakeflow | rows_of_clinic.Observation | BASE TABLE\nclinic | Observation | VIEW\n");
  EXPECT_EQ(query_text(*destination_, "SELECT count(*) FROM duckdb_columns() WHERE table_name = 'Observation' AND comment IS NOT NULL"), "2\n");
  EXPECT_EQ(apply_text(*destination_, changes_plan(), {R"([{"id":"b","meta":{"updated":2},"note":"later","_content_hash":3}])"}), "1 updated\n");
}

TEST_F(WideTablesTest, APersonIsErasedByWhatTheViewShows) {
  const ErasedTable persons = {.table = {"clinic", "Observation"},
                               .subject_field = "subject.reference",
                               .subject_values = {"Patient/1"},
                               .event_fields = {},
                               .unread_bytes_field = {},
                               .unread_reason_field = {}};
  ASSERT_EQ(apply_text(*destination_, changes_plan(), {R"([{"id":"a","meta":{"updated":1},"_content_hash":1}])"}), "1 inserted\n");
  const auto erase = [&] {
    const auto transaction = *destination_->begin();
    const Result<ErasureCounts> counts = transaction->erase({.pipeline = "p", .tables = {persons}, .texts = {}});
    if (!counts) return text_of(counts.error());
    if (const Status committed = transaction->commit(); !committed) return text_of(committed.error());
    const ErasureCounts::Table& table = counts->tables.front();
    return std::string(table.is_there ? "there" : "not there") + (table.is_reachable ? ", reachable, " : ", not reachable, ") +
           std::to_string(table.rows);
  };
  EXPECT_EQ(erase(), "there, reachable, 0");  // no row has named its person yet
  ASSERT_EQ(apply_text(*destination_, changes_plan(), {R"([{"id":"b","meta":{"updated":1},"subject":{"reference":"Patient/1"},"_content_hash":2},
                            {"id":"c","meta":{"updated":1},"subject":{"reference":"Patient/2"},"_content_hash":3}])"}),
            "2 inserted\n");
  EXPECT_EQ(erase(), "there, reachable, 1");
  EXPECT_EQ(rows("id"), "a\nc\n");
  ASSERT_TRUE(destination_->rewrite());
  destination_.reset();
  destination_ = open(false, kViews);
  EXPECT_EQ(rows("id, subject.reference, note"), "a | null | null\nc | Patient/2 | null\n");
}

TEST_F(WideTablesTest, ABackupHasTheViewsAndTheirRows) {
  ASSERT_EQ(apply_text(*destination_, append_plan(), {R"([{"id":"a","code":{"text":"t"}}])"}), "1 inserted\n");
  const std::string backup = (folder_ / "monday.duckdb").string();
  ASSERT_TRUE(destination_->backup(backup));
  ASSERT_EQ(apply_text(*destination_, append_plan(), {R"([{"id":"b","note":"n"}])"}), "1 inserted\n");
  destination_.reset();
  ASSERT_TRUE(restore_duckdb(path(), backup));
  destination_ = open(false, kViews);
  EXPECT_EQ(rows("id, code::VARCHAR, note"), "a | {'id': NULL, 'coding': NULL, 'text': t} | null\n");
  EXPECT_EQ(declared(), kDeclared);
  EXPECT_EQ(apply_text(*destination_, append_plan(), {R"([{"id":"c","note":"n"}])"}), "1 inserted\n");
  EXPECT_EQ(rows("id, note"), "a | null\nc | n\n");
  // DuckDB's own tools call the file by its own name.
  by_hand({"SELECT id, code.text, note FROM clinic.Observation"});
}

// Who lists tables looks into the copy, too, while it is made.
TEST_F(WideTablesTest, ABackupIsMadeWhileOthersListTables) {
  ASSERT_EQ(apply_text(*destination_, append_plan(), {R"([{"id":"a","code":{"text":"t"}}])"}), "1 inserted\n");
  std::vector<std::jthread> readers;
  for (int i = 0; i < 3; ++i) {
    readers.emplace_back([this](const std::stop_token& stop) {
      while (!stop.stop_requested()) query_text(*destination_, "SELECT count(*) FROM duckdb_columns()");
    });
  }
  for (int i = 0; i < 15; ++i) {
    const Status made = destination_->backup((folder_ / ("copy" + std::to_string(i))).string());
    EXPECT_TRUE(made) << made.error().message();
  }
}

TEST_F(WideTablesTest, AQueryThatWouldChangeOneIsToldSo) {
  ASSERT_EQ(apply_text(*destination_, append_plan(), {R"([{"id":"a"}])"}), "1 inserted\n");
  for (const char* sql : {"DELETE FROM clinic.Observation", "UPDATE clinic.Observation SET note = 'n'",
                          "INSERT INTO clinic.Observation (id) VALUES ('b')", "TRUNCATE clinic.Observation",
                          "ALTER TABLE clinic.Observation ADD COLUMN more INT", "DROP TABLE clinic.Observation", "DROP VIEW clinic.Observation"}) {
    EXPECT_EQ(query_text(*destination_, sql), "user: a query can't change the destination / Only SELECT, and what else reads, is allowed") << sql;
  }
}

TEST_F(WideTablesTest, AViewThatAnotherMadeIsLeftAlone) {
  by_hand({"CREATE SCHEMA clinic", "CREATE VIEW clinic.Observation AS SELECT 1 AS id"});
  EXPECT_EQ(apply_text(*destination_, append_plan(), {R"([{"id":"a"}])"}),
            "user: clinic.Observation is a view that was not made by lakeflow / Drop or rename it, or choose another destination_table");
  by_hand({"DROP VIEW clinic.Observation"});
  EXPECT_EQ(apply_text(*destination_, append_plan(), {R"([{"id":"a"}])"}), "1 inserted\n");
  by_hand({"CREATE OR REPLACE VIEW clinic.Observation AS SELECT 1 AS id"});
  EXPECT_EQ(apply_text(*destination_, append_plan(), {R"([{"id":"b"}])"}),
            "user: clinic.Observation is a view that was not made by lakeflow / Drop or rename it, or choose another destination_table");
  // Without a view the rows are still there, and come back with it.
  by_hand({"DROP VIEW clinic.Observation"});
  EXPECT_EQ(apply_text(*destination_, append_plan(), {R"([{"id":"b","note":"n"}])"}), "1 inserted\n");
  EXPECT_EQ(rows("id, note, code"), "a | null | null\nb | n | null\n");
}

}  // namespace
}  // namespace lakeflow::testing
