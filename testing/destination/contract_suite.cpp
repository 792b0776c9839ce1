// What destinations/interface/destination.h promises, on tables that append, which every destination takes. The change rules have a suite of
// their own (testing/apply).
#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <sstream>

#include "testing/destination/child_process.h"
#include "testing/destination/destination_suite.h"
#include "testing/destination/nested_rows.h"
#include "testing/destination/slice_text.h"

namespace lakeflow::testing {
namespace {

const StateOwner kOwner = {"clinic", "source", "clinic.t"};
const StateOwner kOther = {"clinic", "other", "clinic.other"};
constexpr const char* kAll = R"(SELECT * FROM "clinic"."t")";

ApplyPlan plan_of(arrow::FieldVector fields, const std::string& table = "t") {
  ApplyPlan plan;
  plan.target = {"clinic", table};
  plan.schema = arrow::schema(std::move(fields));
  return plan;
}

ApplyPlan id_plan(const std::string& table = "t") { return plan_of({arrow::field("id", arrow::int64())}, table); }

// The lines of a query that says nothing of their order.
std::string sorted(const std::string& text) {
  std::istringstream in(text);
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  std::ranges::sort(lines);
  std::string out;
  for (const std::string& line : lines) out += line + "\n";
  return out;
}

std::string scan(Destination& destination, const StateOwner& owner, std::string_view prefix) {
  std::string found;
  const Status scanned = destination.scan_state(owner, prefix, [&](std::string_view name, std::string_view value) -> Status {
    found += fmt::format("{}={} ", name, value);
    return {};
  });
  return scanned ? found : text_of(scanned.error());
}

void put(Destination& destination, const StateOwner& owner,
         std::initializer_list<std::pair<std::string_view, std::optional<std::string_view>>> entries) {
  const auto transaction = *destination.begin();
  for (const auto& [name, value] : entries) ASSERT_TRUE(transaction->put_state(owner, name, value));
  ASSERT_TRUE(transaction->commit());
}

TEST_P(DestinationContract, RowsAndStateLandTogether) {
  const auto destination = open();
  const auto transaction = *destination->begin();
  ASSERT_TRUE(transaction->prepare_table(id_plan()));
  ASSERT_TRUE(transaction->apply(id_plan(), slice_of(id_plan(), R"([{"id":1},{"id":2}])")));
  ASSERT_TRUE(transaction->put_state(kOwner, "offset", "2"));
  EXPECT_EQ(transaction->count_rows(id_plan().target).value_or(0), 2U);
  EXPECT_EQ(destination->find_state(kOwner, "offset").value(), std::nullopt) << "before the commit";
  ASSERT_TRUE(transaction->commit());
  EXPECT_EQ(sorted(query_text(*destination, kAll)), "1\n2\n");
  EXPECT_EQ(destination->find_state(kOwner, "offset").value(), "2");
}

// A batch of any size, of structs in structs in lists.
TEST_P(DestinationContract, NestedValuesOfManyRowsAreEachTheirOwnRows) {
  const ApplyPlan plan = plan_of({arrow::field("id", arrow::int64()), arrow::field("v", nested_type(1)), arrow::field("w", nested_type(2))});
  const auto rows = nested_rows(plan.schema, 5000, 1);
  const auto destination = open();
  const auto transaction = *destination->begin();
  ASSERT_TRUE(transaction->prepare_table(plan));
  ASSERT_TRUE(transaction->apply(plan, {rows, nullptr}));
  ASSERT_TRUE(transaction->commit());
  EXPECT_EQ(difference(*destination, kAll, *rows), "");
}

TEST_P(DestinationContract, ATransactionThatIsLetGoLeavesNothing) {
  const auto destination = open();
  EXPECT_EQ(apply_text(*destination, id_plan(), {R"([{"id":1}])"}), "1 inserted\n");
  {
    const auto transaction = *destination->begin();
    ASSERT_TRUE(transaction->prepare_table(id_plan()));
    ASSERT_TRUE(transaction->apply(id_plan(), slice_of(id_plan(), R"([{"id":2}])")));
    ASSERT_TRUE(transaction->put_state(kOwner, "offset", "2"));
  }
  EXPECT_EQ(query_text(*destination, kAll), "1\n");
  EXPECT_EQ(destination->find_state(kOwner, "offset").value(), std::nullopt);
  EXPECT_EQ(apply_text(*destination, id_plan(), {R"([{"id":3}])"}), "1 inserted\n");
  EXPECT_EQ(sorted(query_text(*destination, kAll)), "1\n3\n");
}

TEST_P(DestinationContract, OneTransactionAtATime) {
  const auto destination = open();
  {
    const auto first = *destination->begin();
    const auto second = destination->begin();
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().kind(), ErrorKind::kInternal);
  }
  EXPECT_TRUE(destination->begin());
}

TEST_P(DestinationContract, SlicesOfATransactionAddUp) {
  const auto destination = open();
  EXPECT_EQ(apply_text(*destination, id_plan(), {R"([{"id":1}])", "[]", R"([{"id":1},{"id":2}])"}), "1 inserted\nnothing\n2 inserted\n");
  EXPECT_EQ(sorted(query_text(*destination, kAll)), "1\n1\n2\n");
}

TEST_P(DestinationContract, StateIsNamesAndBytes) {
  const auto destination = open();
  const std::string bytes("{\"at\":\"2024\"}\0\xff", 15);
  put(*destination, kOwner, {{"offset", bytes}, {"file/b", "1"}, {"file/a", "2"}, {"file/ü", "3"}, {"filf", "4"}, {"empty", ""}});
  put(*destination, kOther, {{"file/z", "other"}});
  EXPECT_EQ(destination->find_state(kOwner, "offset").value(), bytes);
  EXPECT_EQ(destination->find_state(kOwner, "empty").value(), "");
  EXPECT_EQ(destination->find_state(kOwner, "file/").value(), std::nullopt);
  put(*destination, kOwner, {{"file/ü", std::nullopt}, {"file/b", "5"}, {"file/c", "6"}, {"file/none", std::nullopt}});
  EXPECT_EQ(scan(*destination, kOwner, "file/"), "file/a=2 file/b=5 file/c=6 ");
  EXPECT_EQ(scan(*destination, kOther, ""), "file/z=other ");
  EXPECT_EQ(scan(*destination, {"nobody", "", ""}, ""), "");
}

TEST_P(DestinationContract, TheLastWordOfATransactionOnANameHolds) {
  const auto destination = open();
  put(*destination, kOwner, {{"a", "1"}, {"a", "2"}, {"b", "1"}, {"b", std::nullopt}, {"c", std::nullopt}, {"c", "3"}});
  EXPECT_EQ(scan(*destination, kOwner, ""), "a=2 c=3 ");
}

TEST_P(DestinationContract, AResetForgetsItsOwnerAlone) {
  const auto destination = open();
  EXPECT_EQ(apply_text(*destination, id_plan(), {R"([{"id":1}])"}), "1 inserted\n");
  EXPECT_EQ(apply_text(*destination, id_plan("other"), {R"([{"id":9}])"}), "1 inserted\n");
  put(*destination, kOwner, {{"offset", "old"}, {"file/a", "old"}});
  put(*destination, kOther, {{"offset", "other"}});
  {
    const auto transaction = *destination->begin();
    ASSERT_TRUE(transaction->put_state(kOwner, "early", "lost"));
    ASSERT_TRUE(transaction->reset_table(kOwner, id_plan()));
    EXPECT_EQ(transaction->count_rows(id_plan().target).value_or(9), 0U);
    ASSERT_TRUE(transaction->put_state(kOwner, "offset", "new"));
    ASSERT_TRUE(transaction->apply(id_plan(), slice_of(id_plan(), R"([{"id":2}])")));
    EXPECT_EQ(query_text(*destination, kAll), "1\n") << "what others see until the commit";
    ASSERT_TRUE(transaction->commit());
  }
  EXPECT_EQ(query_text(*destination, kAll), "2\n");
  EXPECT_EQ(query_text(*destination, R"(SELECT * FROM "clinic"."other")"), "9\n");
  EXPECT_EQ(scan(*destination, kOwner, ""), "offset=new ");
  EXPECT_EQ(scan(*destination, kOther, ""), "offset=other ");
}

TEST_P(DestinationContract, ATableThatWasBuiltAsideTakesTheOthersPlace) {
  const StateOwner building = {"clinic", "source", "clinic.t__refresh"};
  const ApplyPlan built = plan_of({arrow::field("id", arrow::utf8())}, "t__refresh");
  const auto destination = open();
  EXPECT_EQ(apply_text(*destination, id_plan(), {R"([{"id":1}])"}), "1 inserted\n");
  put(*destination, kOwner, {{"offset", "old"}, {"file/a", "old"}});
  EXPECT_EQ(apply_text(*destination, built, {R"([{"id":"new"}])"}), "1 inserted\n");
  put(*destination, building, {{"offset", "new"}});
  {
    const auto transaction = *destination->begin();
    ASSERT_TRUE(transaction->replace_table({building, built.target, kOwner, id_plan().target}));
    EXPECT_EQ(query_text(*destination, kAll), "1\n") << "what others see until the commit";
    ASSERT_TRUE(transaction->commit());
  }
  EXPECT_EQ(query_text(*destination, kAll), "new\n");
  EXPECT_EQ(scan(*destination, kOwner, ""), "offset=new ");
  EXPECT_EQ(scan(*destination, building, ""), "");
  EXPECT_TRUE(query_text(*destination, R"(SELECT * FROM "clinic"."t__refresh")").starts_with("user: "));
  EXPECT_EQ(apply_text(*destination, plan_of({arrow::field("id", arrow::utf8())}), {R"([{"id":"on"}])"}), "1 inserted\n");
  EXPECT_EQ(sorted(query_text(*destination, kAll)), "new\non\n");
}

TEST_P(DestinationContract, ATableThatWasBuiltMayHaveNoOtherToReplace) {
  const ApplyPlan built = id_plan("t__refresh");
  const auto destination = open();
  EXPECT_EQ(apply_text(*destination, built, {R"([{"id":7}])"}), "1 inserted\n");
  const auto transaction = *destination->begin();
  ASSERT_TRUE(transaction->replace_table({{"clinic", "source", "clinic.t__refresh"}, built.target, kOwner, id_plan().target}));
  ASSERT_TRUE(transaction->commit());
  EXPECT_EQ(query_text(*destination, kAll), "7\n");
}

TEST_P(DestinationContract, AColumnThatComesLaterIsNullInOlderRows) {
  if (!GetParam().has_sql) GTEST_SKIP() << "its tables keep their columns";
  const auto destination = open();
  const auto name = arrow::struct_({arrow::field("use", arrow::utf8())});
  const auto grown = arrow::struct_({arrow::field("use", arrow::utf8()), arrow::field("text", arrow::utf8())});
  EXPECT_EQ(
      apply_text(*destination, plan_of({arrow::field("id", arrow::int32()), arrow::field("name", name), arrow::field("names", arrow::list(name))}),
                 {R"([{"id":1,"name":{"use":"u"},"names":[{"use":"u"}]}])"}),
      "1 inserted\n");
  const ApplyPlan wider = plan_of({arrow::field("new", arrow::date32()), arrow::field("id", arrow::int64()), arrow::field("name", grown),
                                   arrow::field("names", arrow::list(grown))});
  {
    const auto transaction = *destination->begin();
    EXPECT_EQ(transaction->prepare_table(wider)->size(), 4U) << "what changed is told";
  }
  EXPECT_EQ(apply_text(*destination, wider, {R"([{"id":3000000000,"new":1,"name":{"use":"U","text":"T"},"names":[{"use":"U","text":"T"},null]}])"}),
            "1 inserted\n");
  EXPECT_EQ(apply_text(*destination, plan_of({arrow::field("id", arrow::int16())}), {R"([{"id":3}])"}), "1 inserted\n") << "narrower, and less of it";
  for (int opening = 0; opening < 2; ++opening) {
    EXPECT_EQ(query_text(*destination, "SELECT id, new, name.use, name.text, names[1].text FROM clinic.t ORDER BY id"),
              "1 | null | u | null | null\n3 | null | null | null | null\n3000000000 | 1970-01-02 | U | T | T\n");
    ASSERT_TRUE(destination->close());
  }
}

TEST_P(DestinationContract, AColumnThatCanNotTakeItsValuesIsNamed) {
  if (!GetParam().has_sql) GTEST_SKIP() << "its tables keep their columns";
  const auto destination = open();
  EXPECT_EQ(apply_text(*destination, id_plan(), {R"([{"id":1}])"}), "1 inserted\n");
  const std::string refused = apply_text(*destination, plan_of({arrow::field("id", arrow::utf8())}), {R"([{"id":"x"}])"});
  EXPECT_TRUE(refused.starts_with("user: table clinic.t can't take the source's rows: column id: ")) << refused;
  EXPECT_NE(refused.find("--full-refresh"), std::string::npos) << refused;
  ApplyPlan frozen = plan_of({arrow::field("id", arrow::int64()), arrow::field("more", arrow::utf8())});
  frozen.may_grow = false;
  const std::string kept = apply_text(*destination, frozen, {R"([{"id":2}])"});
  EXPECT_TRUE(kept.starts_with("user: table clinic.t keeps its columns by its schema_contract")) << kept;
  EXPECT_NE(kept.find("column more"), std::string::npos) << kept;
  EXPECT_EQ(query_text(*destination, kAll), "1\n");
}

TEST_P(DestinationContract, TypesStayWhatTheyWere) {
  if (!GetParam().has_sql) GTEST_SKIP() << "what it holds is Arrow's own";
  const auto time = arrow::timestamp(arrow::TimeUnit::MICRO, "UTC");
  const auto nested = arrow::struct_({arrow::field("l", arrow::list(arrow::decimal128(28, 3))), arrow::field("b", arrow::boolean())});
  const ApplyPlan plan = plan_of({arrow::field("i", arrow::int64()), arrow::field("u", arrow::uint64()), arrow::field("f", arrow::float64()),
                                  arrow::field("d", arrow::decimal128(38, 10)), arrow::field("day", arrow::date32()), arrow::field("moment", time),
                                  arrow::field("local", arrow::timestamp(arrow::TimeUnit::MICRO)), arrow::field("text", arrow::large_utf8()),
                                  arrow::field("bytes", arrow::large_binary()), arrow::field("nested", nested),
                                  arrow::field("map", arrow::map(arrow::utf8(), arrow::int64()))});
  const auto destination = open();
  EXPECT_EQ(apply_text(*destination, plan,
                       {R"([{"i":-9223372036854775808,"u":18446744073709551615,"f":-0.1,"d":"1234567890123456789012345678.0123456789","day":-719162,
                             "moment":1714566600123456,"local":1714566600123456,"text":"Grüße 🩺","bytes":"a\u0000b",
                             "nested":{"l":["1.500",null],"b":true},"map":[["a",1],["b",null]]},{"i":1}])"}),
            "2 inserted\n");
  ASSERT_TRUE(destination->close());
  EXPECT_EQ(
      query_text(*destination,
                 "SELECT i, u, f, d, day::VARCHAR, moment::VARCHAR, local::VARCHAR, text, hex(bytes), nested::VARCHAR, map::VARCHAR FROM clinic.t "
                 "ORDER BY i"),
      "-9223372036854775808 | 18446744073709551615 | -0.1 | 1234567890123456789012345678.0123456789 | 0001-01-01 | 2024-05-01 "
      "12:30:00.123456+00 | 2024-05-01 12:30:00.123456 | Grüße 🩺 | 610062 | {'l': [1.500, NULL], 'b': true} | {a=1, b=NULL}\n"
      "1 | null | null | null | null | null | null | null | null | null | null\n");
}

TEST_P(DestinationContract, ARunLeavesItsLines) {
  if (!GetParam().has_sql) GTEST_SKIP() << "nothing reads them back";
  const auto destination = open();
  const std::string bytes("\xc3\x28\0MSH|", 7);
  const std::vector<QuarantinedRecord> records = {
      {"adt_messages", "bronze.adt", "no_msh_segment", "byte 0", "a.hl7", 4'000'000'000'000U, bytes, false, "bronze.adt", "1a"},
      {"", "", "torn", "", "b.hl7", 0, "", true, "bronze.adt,bronze.pid", "2b"}};
  const PassCommit pass = {.tables = "a,b",
                           .chunk = 3,
                           .bytes_read = 100,
                           .records_read = 10,
                           .records_decoded = 6,
                           .records_quarantined = 1,
                           .records_filtered = {{"already_read", 2}, {"it's other", 1}}};
  const TableCommit table = {.owner = kOwner,
                             .rows_decoded = 6,
                             .rejected = 1,
                             .rescued = 2,
                             .counts = {.inserted = 1, .updated = 1, .unchanged = 1, .superseded = 1, .deleted = 1, .absent = 9}};
  const TableFailure failure = {.owner = kOwner, .kind = "source", .message = "gone"};
  {
    const auto transaction = *destination->begin();
    ASSERT_TRUE(transaction->log_run({"run-1", "clinic", 1'000'000, std::nullopt, "running", ""}));
    ASSERT_TRUE(transaction->quarantine("run-1", "clinic", records));
    ASSERT_TRUE(transaction->log_commit("run-1", pass, std::span(&table, 1)));
    ASSERT_TRUE(transaction->log_failures("run-1", std::span(&failure, 1)));
    ASSERT_TRUE(transaction->log_state_change({kOwner, "offset", std::nullopt, "7", "someone", "why"}));
    ASSERT_TRUE(transaction->commit());
  }
  {
    const auto transaction = *destination->begin();
    ASSERT_TRUE(transaction->log_run({"run-1", "clinic", 1'000'000, 3'000'000, "failed", "it's gone"}));
    ASSERT_TRUE(transaction->log_run({"run-2", "clinic", 2'000'000, std::nullopt, "running", ""}));
    ASSERT_TRUE(transaction->commit());
  }
  EXPECT_EQ(
      query_text(*destination, "SELECT run_id, epoch_us(started_at), epoch_us(finished_at), outcome, error FROM _lakeflow.runs ORDER BY run_id"),
      "run-1 | 1000000 | 3000000 | failed | it's gone\nrun-2 | 2000000 | null | running | \n");
  EXPECT_EQ(query_text(*destination, "SELECT source_table, reason, detail, origin, position, hex(bytes) FROM _lakeflow.quarantine ORDER BY origin"),
            "adt_messages | no_msh_segment | byte 0 | a.hl7 | 4000000000000 | C328004D53487C\n | torn |  | b.hl7 | 0 | \n");
  EXPECT_EQ(query_text(*destination, "SELECT * EXCLUDE (committed_at, records_filtered), records_filtered::VARCHAR FROM _lakeflow.passes"),
            "run-1 | 3 | a,b | 100 | 10 | 6 | 1 | {already_read=2, 'it\\'s other'=1}\n");
  EXPECT_EQ(query_text(*destination, "SELECT * EXCLUDE committed_at FROM _lakeflow.commits"),
            "run-1 | 3 | clinic | source | clinic.t | 6 | 1 | 2 | 1 | 1 | 1 | 1 | 1 | 9\n");
  EXPECT_EQ(query_text(*destination, "SELECT * EXCLUDE failed_at FROM _lakeflow.failures"), "run-1 | clinic | source | clinic.t | source | gone\n");
  EXPECT_EQ(query_text(*destination, "SELECT changed_by, name, old_value IS NULL, decode(new_value), reason FROM _lakeflow.state_changes"),
            "someone | offset | true | 7 | why\n");
  EXPECT_EQ(query_text(*destination, "SELECT count(*) FROM _lakeflow.version"),
            query_text(*destination, "SELECT count(DISTINCT version) FROM _lakeflow.version"));
}

// What is rejected again is counted, and open again; what was done with it is written down with the transaction that did it, or not at all.
TEST_P(DestinationContract, AQuarantinedRecordIsOneEntryWithAState) {
  if (!GetParam().has_sql) GTEST_SKIP() << "nothing reads them back";
  const auto destination = open();
  const auto record = [](const char* id, const char* bytes) {
    return QuarantinedRecord{"pid", "main.pid", "torn", "here", "a.hl7", 7, bytes, false, "main.pid", id};
  };
  const auto quarantine = [&](std::vector<QuarantinedRecord> records, bool commits = true) {
    const auto transaction = *destination->begin();
    std::string fresh;
    const auto places = transaction->quarantine("run-1", "clinic", records);
    if (!places) return places.error().message();
    for (const std::size_t place : *places) fresh += std::to_string(place) + " ";
    if (commits) {
      EXPECT_TRUE(transaction->commit());
    }
    return fresh;
  };
  const auto change = [&](const char* id, QuarantineChangeKind kind, bool commits = true) {
    const auto transaction = *destination->begin();
    const QuarantineChange line{id, kind, "clinic", "ann", "run-2", "it's mended", "why"};
    EXPECT_TRUE(transaction->change_quarantine(std::span(&line, 1)));
    if (commits) {
      EXPECT_TRUE(transaction->commit());
    }
  };
  const auto entries = [&] {
    return query_text(*destination,
                      "SELECT id, times_seen, state, decode(bytes), last_seen_at >= quarantined_at FROM _lakeflow.quarantine ORDER BY id");
  };
  EXPECT_EQ(quarantine({record("a", "A"), record("b", "B"), record("a", "A")}), "0 1 ");
  EXPECT_EQ(entries(), "a | 2 | open | A | true\nb | 1 | open | B | true\n");
  EXPECT_EQ(quarantine({record("c", "C")}, false), "0 ");
  EXPECT_EQ(quarantine({record("b", "B"), record("c", "C")}), "1 ") << "what was rolled back is not known";
  EXPECT_EQ(entries(), "a | 2 | open | A | true\nb | 2 | open | B | true\nc | 1 | open | C | true\n");

  change("a", QuarantineChangeKind::kReplayed, false);
  change("b", QuarantineChangeKind::kReplayed);
  change("c", QuarantineChangeKind::kFailedAgain);
  EXPECT_EQ(entries(), "a | 2 | open | A | true\nb | 2 | replayed | B | true\nc | 1 | open | C | true\n");
  change("c", QuarantineChangeKind::kCorrected);
  EXPECT_EQ(quarantine({record("b", "B")}), "");
  EXPECT_EQ(entries(), "a | 2 | open | A | true\nb | 3 | open | B | true\nc | 1 | corrected | C | true\n") << "it came again";
  change("b", QuarantineChangeKind::kDropped, false);
  change("a", QuarantineChangeKind::kDropped);
  EXPECT_EQ(entries(), "b | 3 | open | B | true\nc | 1 | corrected | C | true\n");
  EXPECT_EQ(quarantine({record("a", "A")}), "0 ") << "what was dropped is new when it comes again";
  EXPECT_EQ(query_text(*destination,
                       "SELECT id, change, changed_by, pipeline, run_id, reason, detail FROM _lakeflow.quarantine_changes ORDER BY changed_at, id"),
            "b | replayed | ann | clinic | run-2 | it's mended | why\nc | failed_again | ann | clinic | run-2 | it's mended | why\n"
            "c | corrected | ann | clinic | run-2 | it's mended | why\na | dropped | ann | clinic | run-2 | it's mended | why\n");
}

TEST_P(DestinationContract, TheStateCanBeAsked) {
  if (!GetParam().has_sql) GTEST_SKIP();
  const auto destination = open();
  put(*destination, kOwner, {{"offset", "7"}});
  EXPECT_EQ(query_text(*destination,
                       "SELECT pipeline, source_table, destination_table, name, decode(value), updated_at > now() - INTERVAL 1 HOUR "
                       "FROM _lakeflow.state"),
            "clinic | source | clinic.t | offset | 7 | true\n");
}

TEST_P(DestinationContract, TheQueriesOfTheDocumentationRun) {
  if (!GetParam().has_sql) GTEST_SKIP();
  const auto destination = open();
  std::ifstream page(LAKEFLOW_SOURCE_DIR "/docs/state.md");
  std::string sql;
  int run = 0;
  bool in_sql = false;
  for (std::string line; std::getline(page, line);) {
    if (line.starts_with("```")) in_sql = line == "```sql";
    if (!in_sql || line.starts_with("```")) continue;
    sql += line + "\n";
    if (!line.ends_with(";")) continue;
    EXPECT_EQ(query_text(*destination, sql), "") << sql;
    sql.clear();
    ++run;
  }
  EXPECT_GE(run, 5);
}

TEST_P(DestinationContract, AQuerySeesWhatWasCommittedWhenItBegan) {
  if (!GetParam().has_sql) GTEST_SKIP();
  const auto destination = open();
  EXPECT_EQ(apply_text(*destination, id_plan(), {R"([{"id":1}])"}), "1 inserted\n");
  const auto begun = destination->query("SELECT id FROM clinic.t");
  ASSERT_TRUE(begun);
  for (int id = 2; id < 80; ++id) ASSERT_EQ(apply_text(*destination, id_plan(), {fmt::format(R"([{{"id":{}}}])", id)}), "1 inserted\n");
  EXPECT_EQ(query_text(*destination, "SELECT count(*), max(id) FROM clinic.t"), "79 | 79\n");
  std::shared_ptr<arrow::RecordBatch> batch;
  std::int64_t rows = 0;
  while ((*begun)->ReadNext(&batch).ok() && batch != nullptr) rows += batch->num_rows();
  EXPECT_EQ(rows, 1);
}

TEST_P(DestinationContract, AWrongQueryIsTheUsersMistake) {
  const auto destination = open();
  EXPECT_EQ(apply_text(*destination, id_plan(), {R"([{"id":1}])"}), "1 inserted\n");
  EXPECT_TRUE(query_text(*destination, R"(SELECT * FROM "clinic"."none")").starts_with("user: "));
  EXPECT_TRUE(query_text(*destination, "SELEC").starts_with("user: "));
  EXPECT_TRUE(query_text(*destination, "").starts_with("user: "));
  for (const char* sql : {"CREATE TABLE t (i INT)", "DELETE FROM clinic.t", "DROP SCHEMA clinic CASCADE", "COPY (SELECT 1) TO 'x.csv'", "COMMIT"}) {
    EXPECT_TRUE(query_text(*destination, sql).starts_with("user: ")) << sql;
  }
  EXPECT_EQ(query_text(*destination, kAll), "1\n");
}

TEST_P(DestinationContract, AQueryReachesNoFileOfAnotherKind) {
  if (!GetParam().has_sql) GTEST_SKIP();
  std::ofstream(folder_ / "private.csv") << "name\nSmith\n";
  const auto destination = open();
  const std::string said = query_text(*destination, fmt::format("SELECT * FROM read_csv('{}')", (folder_ / "private.csv").string()));
  EXPECT_EQ(said.find("Smith"), std::string::npos);
  EXPECT_TRUE(said.starts_with("user: ")) << said;
}

TEST_P(DestinationContract, AQuerysErrorWithholdsValues) {
  if (!GetParam().has_sql) GTEST_SKIP();
  const auto destination = open();
  const std::string failed = query_text(*destination, "SELECT (name || '')::INT FROM (VALUES ('Smith, John')) t(name)");
  EXPECT_EQ(failed.find("Smith"), std::string::npos) << failed;
}

TEST_P(DestinationContract, AllIsThereWhenItIsOpenedAgain) {
  if (!GetParam().keeps) GTEST_SKIP();
  EXPECT_NE(opening_error(true), "") << "nothing to read yet";
  const std::string odd_name = "file/\"ü\" '%' \n";
  for (int run = 1; run <= 3; ++run) {
    const auto destination = open();
    EXPECT_EQ(scan(*destination, kOwner, "offset"), run == 1 ? "" : fmt::format("offset={} ", run - 1));
    EXPECT_EQ(apply_text(*destination, id_plan(), {fmt::format(R"([{{"id":{}}}])", run)}), "1 inserted\n");
    put(*destination, kOwner, {{"offset", std::to_string(run)}, {odd_name, odd_name}});
    if (run != 2) {  // destroying does the same
      ASSERT_TRUE(destination->close());
    }
  }
  for (const bool read_only : {true, false}) {
    const auto destination = open(read_only);
    EXPECT_EQ(sorted(query_text(*destination, kAll)), "1\n2\n3\n");
    EXPECT_EQ(destination->find_state(kOwner, odd_name).value(), odd_name);
    EXPECT_EQ(static_cast<bool>(destination->begin()), !read_only);
  }
}

TEST_P(DestinationContract, OneWritesAtATime) {
  if (!GetParam().keeps) GTEST_SKIP();
  const WaitingChild holder([&](const auto& ready) {
    const auto held = open();
    ready(held ? "open" : "failed");
  });
  ASSERT_EQ(holder.said(), "open");
  const std::string refused = opening_error();
  EXPECT_TRUE(refused.starts_with("destination: ")) << refused;
  EXPECT_NE(refused.find(fmt::format("is in use by process {}", holder.process())), std::string::npos) << refused;
}

TEST_P(DestinationContract, OneOfThisProcessHoldsItAgainstAnother) {
  if (!GetParam().keeps) GTEST_SKIP();
  const auto held = open();
  const std::string refused = opening_error();
  EXPECT_NE(refused.find("is in use by this process itself"), std::string::npos) << refused;
}

TEST_P(DestinationContract, AHolderThatWasKilledLeavesNoLock) {
  if (!GetParam().keeps) GTEST_SKIP();
  {
    WaitingChild holder([&](const auto& ready) {
      const auto held = open();
      ready(held ? "open" : "failed");
    });
    holder.kill();
  }
  EXPECT_EQ(opening_error(), "");
}

TEST_P(DestinationContract, TheFrameworksOwnSchemaIsRefused) {
  if (!GetParam().has_sql) GTEST_SKIP();
  const auto destination = open();
  ApplyPlan own = id_plan();
  own.target.schema = "_lakeflow";
  const Status accepted = destination->accepts(own);
  ASSERT_FALSE(accepted);
  EXPECT_EQ(accepted.error().kind(), ErrorKind::kUser);
  EXPECT_FALSE(destination->accepts(plan_of({arrow::field("v", arrow::decimal256(50, 2))})));
  EXPECT_FALSE(destination->accepts(plan_of({arrow::field("Name", arrow::utf8()), arrow::field("name", arrow::utf8())})));
  EXPECT_TRUE(destination->accepts(id_plan()));
}

}  // namespace
}  // namespace lakeflow::testing
