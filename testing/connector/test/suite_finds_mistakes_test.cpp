// A sound connector passes the suite; each planted mistake is found, by the check that is meant for it.

#include <gmock/gmock.h>

#include <algorithm>
#include <fstream>
#include <sstream>

#include "testing/connector/connector_suite.h"
#include "testing/connector/table_reading.h"
#include "testing/connector/test/planted_connector.h"
#include "testing/connector/test/planted_http_connector.h"

namespace lakeflow {
namespace {

std::vector<CheckResult> run(Mistake mistake, std::vector<TableRequest> tables, std::vector<std::string> checks = {}, int readings = 0,
                             const std::string& row_kilobytes = "0") {
  const ConnectorEntry entry = planted_connector(mistake, readings);
  const Options given{{"page_size", "7"}, {"token", "open-sesame-12345"}, {"row_kilobytes", row_kilobytes}};
  SuiteRequest request;
  request.connect = [&](const Options& changed) {
    Options options = given;
    for (const auto& [name, value] : changed.values()) {
      options.set(name, value);
    }
    return entry.make(options);
  };
  request.spec = &entry.spec;
  request.connection_options = given;
  request.tables = std::move(tables);
  request.checks = std::move(checks);
  request.writes = true;
  request.patience_seconds = 0.2;
  const auto results = run_connector_suite(request);
  EXPECT_TRUE(results);
  return results.value_or(std::vector<CheckResult>());
}

std::string text(const CheckResult& result) {
  return std::string(verdict_name(result.verdict)) + " " + result.table + " " + result.check + ": " + result.evidence;
}

std::vector<TableRequest> all_tables() { return {{"changes", {}}, {"facts", {}}, {"codes", {}}}; }

std::shared_ptr<arrow::Schema> facts_schema(const ConnectorEntry& entry) { return entry.make({}).value()->get_table_schema("facts", {}).value(); }
TableMetadata facts_metadata(const ConnectorEntry& entry) { return entry.make({}).value()->read_table_metadata("facts", {}).value(); }

TEST(ConnectorSuite, PassesASoundConnector) {
  const std::vector<CheckResult> results = run(Mistake::kNone, all_tables());
  std::size_t passes = 0;
  for (const CheckResult& result : results) {
    EXPECT_NE(result.verdict, Verdict::kFailed) << text(result);
    passes += result.verdict == Verdict::kPassed ? 1U : 0U;
    EXPECT_FALSE(result.evidence.empty()) << result.check;
  }
  // Of 3 tables only what their types have not can be left out: offsets of a snapshot, cursors, deletes; and memory, as they are small; and the
  // network, as there is none.
  EXPECT_GE(passes, results.size() - 46);
}

TEST(ConnectorSuite, PassesASoundConnectorWithLargeRows) {
  const std::vector<CheckResult> results = run(Mistake::kNone, {{"facts", {}}}, {"keeps_nothing_that_it_returned"}, 0, "1024");
  ASSERT_EQ(results.size(), 1U);
  EXPECT_EQ(results.front().verdict, Verdict::kPassed) << text(results.front());
}

TEST(ConnectorSuite, WritesOnlyWhereItMay) {
  const ConnectorEntry entry = planted_connector(Mistake::kNone);
  SuiteRequest request;
  request.connect = [&](const Options& options) { return entry.make(options); };
  request.spec = &entry.spec;
  request.tables = {{"facts", {}}};
  std::vector<std::string> left;
  request.on_left_behind = [&](const std::string& line) { left.push_back(line); };
  const auto rows_of = [&] {
    return read_table(*entry.make({}).value(), {{"facts", {}}, facts_schema(entry), facts_metadata(entry)}, {}).rows.size();
  };

  const std::size_t before = rows_of();
  ASSERT_TRUE(run_connector_suite(request));
  EXPECT_EQ(rows_of(), before);
  EXPECT_THAT(left, testing::IsEmpty());

  request.writes = true;
  ASSERT_TRUE(run_connector_suite(request));
  EXPECT_GT(rows_of(), before);
  ASSERT_EQ(left.size(), 1U);
  EXPECT_THAT(left.front(), testing::StartsWith("facts: 4 records were written and deleted (lakeflow-test-"));
  EXPECT_THAT(left.front(), testing::EndsWith("; left: a line in the journal"));
}

// By whoever runs it: what was under way is no fault of the connector.
TEST(ConnectorSuite, BlamesNobodyWhereItIsStopped) {
  const ConnectorEntry entry = planted_connector(Mistake::kNone);
  std::stop_source stop;
  SuiteRequest request;
  int connectors = 0;
  request.connect = [&](const Options& options) {
    if (++connectors == 2) {
      stop.request_stop();  // in the middle of the check
    }
    return entry.make(options);
  };
  request.spec = &entry.spec;
  request.tables = {{"facts", {}}};
  request.stop = stop.get_token();
  request.checks = {"reads_the_same_again"};
  std::size_t failures = 0;
  request.on_result = [&](const CheckResult& result) { failures += result.verdict == Verdict::kFailed ? 1U : 0U; };
  const auto results = run_connector_suite(request);
  ASSERT_FALSE(results);
  EXPECT_EQ(results.error().kind(), ErrorKind::kInterrupted);
  EXPECT_EQ(connectors, 2);
  EXPECT_EQ(failures, 0U);
}

// As a public server that is down for a while (design document §6.5).
TEST(ConnectorSuite, SkipsWhereTheSourceDoesNotAnswerAnyMore) {
  std::size_t skips = 0;
  for (const CheckResult& result : run(Mistake::kNone, {{"facts", {}}}, {}, 3)) {
    EXPECT_NE(result.verdict, Verdict::kFailed) << text(result);
    skips += result.evidence.starts_with("the source fails") ? 1U : 0U;
  }
  EXPECT_GT(skips, 3U);
}

// Nothing was tried where every page kept its size.
TEST(ConnectorSuite, SkipsSmallPagesWhereTheSizeChangesNothing) {
  const std::vector<CheckResult> results = run(Mistake::kKeepsItsOwnPageSize, all_tables(), {"reads_the_same_in_small_pages"});
  ASSERT_EQ(results.size(), 3U);
  for (const CheckResult& result : results) {
    EXPECT_EQ(result.verdict, Verdict::kSkipped) << text(result);
    EXPECT_THAT(result.evidence, testing::StartsWith("page_size of 1, 2, 3 and 7 changes nothing: the table comes in the same 10 calls each time"));
  }
}

// What is sent and has no column may be meant so, and so may a column that never came.
TEST(ConnectorSuite, RemarksOnWhatNoColumnIsFor) {
  const std::vector<CheckResult> results = run(Mistake::kMemberWithoutColumn, {{"facts", {}}}, {"values_fit_the_schema", "fills_its_columns"});
  ASSERT_EQ(results.size(), 2U);
  EXPECT_EQ(text(results[0]), "passed facts values_fit_the_schema: 60 rows; (nearly) every row has what no column is for: colour");
  EXPECT_EQ(text(results[1]),
            "passed facts fills_its_columns: 4 of 6 columns have values; never: note, remark; (nearly) every row has what no column is for: colour");
}

TEST(ConnectorSuite, NamesBothWhereAColumnIsMisspelt) {
  const std::vector<CheckResult> results = run(Mistake::kColumnMisspelt, {{"facts", {}}}, {"fills_its_columns"});
  ASSERT_EQ(results.size(), 1U);
  EXPECT_EQ(text(results.front()),
            "failed facts fills_its_columns: plaice never came, and (nearly) every row has place, which no column is for: is one of them misspelt?");
}

// A delete to which the source gives no time has that of what it deletes (docs/pipeline.md).
TEST(ConnectorSuite, TakesDeletesWithoutATime) {
  const std::vector<CheckResult> results = run(Mistake::kDeletesBearNoTime, {{"changes", {}}});
  for (const CheckResult& result : results) {
    EXPECT_NE(result.verdict, Verdict::kFailed) << text(result);
  }
  EXPECT_TRUE(
      std::ranges::any_of(results, [](const CheckResult& result) { return text(result).starts_with("passed changes sees_what_is_deleted"); }));
}

// Only whoever made the source knows that there are some.
TEST(ConnectorSuite, WantsDeletesWhereTheSourceHasSome) {
  const ConnectorEntry entry = planted_connector(Mistake::kTellsOfNoDeletes);
  EXPECT_THAT(suite_failures(entry, {}, {"changes"}, {.checks = {"tells_of_deletes"}}), testing::IsEmpty());
  const std::vector<CheckResult> failures = suite_failures(entry, {}, {"changes"}, {.checks = {"tells_of_deletes"}, .has_deletes = true});
  ASSERT_EQ(failures.size(), 1U);
  EXPECT_EQ(text(failures.front()), "failed changes tells_of_deletes: no delete came, and the source has some");
}

TEST(ConnectorSuite, SaysFirstThatTheConnectorCannotWrite) {
  const PlantedHttpSource source;
  const ConnectorEntry entry = planted_http_connector(HttpMistake::kNone);
  SuiteRequest request;
  request.connect = [&](const Options&) { return entry.make({{"base_url", source.base_url()}, {"key", std::string(kPlantedKey)}}); };
  request.spec = &entry.spec;
  request.tables = {{"rows", {}}};
  request.checks = {"sees_what_is_made"};
  const auto results = run_connector_suite(request);
  ASSERT_TRUE(results && results->size() == 1);
  EXPECT_EQ(results->front().evidence, "the connector can't write to its source (WriteBack)");
}

// A table that could not be read is not called empty, and no check but that of the reading fails by it.
TEST(ConnectorSuite, SaysOfATableThatItCannotBeRead) {
  for (const Mistake mistake : {Mistake::kFindsNoRecords, Mistake::kIsRefusedLater}) {
    std::vector<std::string> failed;
    for (const CheckResult& result : run(mistake, {{"facts", {}}})) {
      if (result.verdict == Verdict::kFailed) {
        failed.push_back(result.check);
      }
      EXPECT_THAT(result.evidence, testing::Not(testing::ContainsRegex("no rows|is empty"))) << text(result);
    }
    EXPECT_THAT(failed, testing::ElementsAre("reads_to_its_end"));
  }
}

TEST(ConnectorSuite, TellsOfEachTableThatGivesNothing) {
  const ConnectorEntry entry = planted_connector(Mistake::kNone, 1);
  static_cast<void>(entry.make({}).value()->read_table("facts", {}, {}, {}));  // the last reading that is answered
  std::vector<std::string> failures;
  std::ranges::transform(suite_failures(entry, {}, {"facts", "codes"}), std::back_inserter(failures), text);
  EXPECT_THAT(failures, testing::UnorderedElementsAre("skipped facts reads_to_its_end: the source fails: GET /rows: nobody answers",
                                                      "skipped codes reads_to_its_end: the source fails: GET /rows: nobody answers"));

  SuiteRequest request;
  request.connect = [&](const Options& options) { return entry.make(options); };
  request.spec = &entry.spec;
  request.tables = {{"facts", {}}, {"codes", {}}};
  const auto results = run_connector_suite(request);
  ASSERT_FALSE(results);
  EXPECT_EQ(results.error().message(),
            "the source gives nothing of any of 2 tables\n  facts: GET /rows: nobody answers\n  codes: GET /rows: nobody answers");
}

TEST(ConnectorSuite, EndsWhereTheSourceGivesNothing) {
  const ConnectorEntry entry = planted_connector(Mistake::kNone, 1);
  static_cast<void>(entry.make({}).value()->read_table("facts", {}, {}, {}));  // the last reading that is answered
  SuiteRequest request;
  request.connect = [&](const Options& options) { return entry.make(options); };
  request.spec = &entry.spec;
  request.tables = {{"facts", {}}};
  const auto results = run_connector_suite(request);
  ASSERT_FALSE(results);
  EXPECT_EQ(results.error().kind(), ErrorKind::kSource);
}

TEST(ConnectorSuite, EndsWhereATableIsAMistake) {
  EXPECT_EQ(testing::PrintToString(suite_failures(planted_connector(Mistake::kNone), {}, {"fact"})),
            "1 failure\n"
            "  connects\n"
            "    seen:  there is no table fact\n"
            "    costs: everything\n"
            "    next:  lakeflow discover lists the tables\n");
}

// As GoogleTest prints them behind "Actual:".
TEST(ConnectorSuite, ShowsEachFailureOnItsOwnLines) {
  const SuiteRequest request{.checks = {"every_row_has_its_key", "reads_to_its_end"}};
  EXPECT_EQ(testing::PrintToString(suite_failures(planted_connector(Mistake::kKeysAreNull), {}, {"facts", "codes"}, request)),
            "2 failures\n"
            "  facts: every_row_has_its_key\n"
            "    seen:  60 of 60 rows have a null in their key\n"
            "    costs: rows that go to quarantine\n"
            "    next:  declare a key that each record has; is its place right?\n"
            "  codes: every_row_has_its_key\n"
            "    seen:  60 of 60 rows have a null in their key\n"
            "    costs: rows that go to quarantine\n"
            "    next:  declare a key that each record has; is its place right?\n");
}

// Every check is there for a mistake that it finds.
TEST(ConnectorSuite, HasAMistakeForEachCheck) {
  for (const auto& [name, protects] : connector_checks()) {
    const bool is_proven = std::ranges::any_of(all_mistakes(), [&](const NamedMistake& mistake) { return mistake.check == name; }) ||
                           std::ranges::any_of(all_http_mistakes(), [&](const NamedHttpMistake& mistake) { return mistake.check == name; });
    EXPECT_TRUE(is_proven) << name;
    EXPECT_FALSE(protects.empty()) << name;
  }
}

TEST(ConnectorSuite, IsDocumented) {
  std::stringstream document;
  document << std::ifstream(LAKEFLOW_SOURCE_DIR "/docs/connector-suite.md").rdbuf();
  for (const auto& [name, protects] : connector_checks()) {
    EXPECT_THAT(document.str(), testing::HasSubstr("| `" + name + "` | " + protects + " |"));
  }
}

class Planted : public testing::TestWithParam<NamedMistake> {};

TEST_P(Planted, IsFound) {
  // Who ignores a stop takes his time at everything, and so does who gives all at once.
  const bool takes_time = GetParam().mistake == Mistake::kIgnoresAStop || GetParam().mistake == Mistake::kGivesNothingForEver ||
                          GetParam().mistake == Mistake::kAllInOneBatch;
  const bool has_much = GetParam().check == "keeps_nothing_that_it_returned";
  const std::vector<CheckResult> results = has_much     ? run(GetParam().mistake, {{"facts", {}}}, {std::string(GetParam().check)}, 0, "1024")
                                           : takes_time ? run(GetParam().mistake, {{"facts", {}}}, {std::string(GetParam().check)})
                                                        : run(GetParam().mistake, all_tables());
  const bool found =
      std::ranges::any_of(results, [](const CheckResult& result) { return result.verdict == Verdict::kFailed && result.check == GetParam().check; });
  if (GetParam().mistake == Mistake::kKeepsCopies && results.front().evidence.ends_with("can't be seen here")) {
    GTEST_SKIP() << results.front().evidence;
  }
  EXPECT_TRUE(found);
  for (const CheckResult& result : results) {
    EXPECT_EQ(result.verdict == Verdict::kFailed, !result.next_step.empty()) << text(result);
    if (result.verdict == Verdict::kFailed) {
      std::printf("  %s\n", text(result).c_str());
      EXPECT_THAT(result.evidence, testing::Not(testing::HasSubstr("item-00"))) << "a value of a record";
      EXPECT_THAT(result.evidence, testing::Not(testing::HasSubstr("open-sesame"))) << "a secret";
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Mistakes, Planted, testing::ValuesIn(all_mistakes()), [](const auto& mistake) { return std::string(mistake.param.name); });

TEST(ConnectorSuite, TellsJUnit) {
  const std::string xml =
      junit_xml({{"a", "", Verdict::kPassed, "1 < 2", "x", "", 0.5}, {"b", "t", Verdict::kFailed, "\"no\"", "x", "a < b?", 0.25}}, "clinic");
  EXPECT_EQ(xml,
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n"
            "  <testsuite name=\"clinic\" tests=\"1\" failures=\"0\" skipped=\"0\" time=\"0.500\">\n"
            "    <testcase classname=\"clinic\" name=\"a\" time=\"0.500\"><system-out>1 &lt; 2</system-out></testcase>\n"
            "  </testsuite>\n"
            "  <testsuite name=\"clinic.t\" tests=\"1\" failures=\"1\" skipped=\"0\" time=\"0.250\">\n"
            "    <testcase classname=\"clinic.t\" name=\"b\" time=\"0.250\"><failure message=\"&quot;no&quot;\">a &lt; b?</failure></testcase>\n"
            "  </testsuite>\n</testsuites>\n");
}

}  // namespace
}  // namespace lakeflow
