#include "engine/report/run_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace lakeflow {
namespace {

using ::testing::ElementsAre;

TableReport table(const char* name, std::uint64_t decoded, ApplyCounts counts) {
  TableReport report;
  report.source_table = name;
  report.destination_table = std::string("bronze.") + name;
  report.rows_decoded = decoded;
  report.counts = counts;
  return report;
}

// A run of two tables, in which something was rejected.
RunReport finished_run() {
  RunReport report;
  report.run_id = "20240501T123000.000000Z-00000000";
  report.pipeline = "clinic";
  report.destination = "DuckDB file clinic.duckdb";
  report.started_at = 1'714'566'600'000'000;
  report.finished_at = report.started_at + 2'500'000;
  report.tables = {table("Patient", 1263, {.inserted = 1234, .updated = 20, .unchanged = 4, .superseded = 2, .deleted = 1, .already_gone = 3}),
                   table("Observation", 0, {})};
  report.tables[0].rejected = 2;
  report.tables[0].rescued = 3;
  report.tables[0].rows_now = 5001;
  PassReport pass;
  pass.source_tables = {"Patient"};
  pass.bytes_read = 3'355'443;
  pass.records_read = 1265;
  pass.records_decoded = 1260;
  pass.records_quarantined = 4;
  pass.records_filtered = {{"already_read", 1}};
  pass.rejects = {{"invalid_json", 4}, {"missing_key", 2}};
  report.passes = {pass};
  return report;
}

TEST(RunReport, SaysForPeopleWhatCameOfEachTable) {
  EXPECT_THAT(
      summary_lines(finished_run()),
      ElementsAre("Patient      1,234 inserted, 20 updated, 1 deleted, 1 unchanged, 3 already gone, 2 superseded, 2 rejected, 3 with _rescued_data; "
                  "bronze.Patient has 5,001 rows",
                  "Observation  nothing new",                                  //
                  "6 rejected, in quarantine: 4 invalid_json, 2 missing_key",  //
                  "done: 1,265 records (1 already read, 4 quarantined), 1,263 rows, 3.2 MB in 2.5 s"));
}

TEST(RunReport, SaysForPeopleWhatFailedAndWhatToDo) {
  RunReport report = finished_run();
  report.passes.clear();
  report.outcome = RunOutcome::kInterrupted;
  report.tables[0].note = "not finished: it goes on after what was committed";
  report.tables[1].error = Error::source("GET /Observation answered 403", "ask for the right to read Observation");
  report.error = Error::interrupted("the run was stopped before the source's end", "run `lakeflow ingest` again");
  EXPECT_THAT(
      summary_lines(report),
      ElementsAre("Patient      1,234 inserted, 20 updated, 1 deleted, 1 unchanged, 3 already gone, 2 superseded, 2 rejected, 3 with _rescued_data; "
                  "bronze.Patient has 5,001 rows (not finished: it goes on after what was committed)",
                  "Observation  failed: GET /Observation answered 403",  //
                  "             ask for the right to read Observation",  //
                  "interrupted: 0 records, 1,263 rows, 0 B in 2.5 s",    //
                  "the run was stopped before the source's end", "run `lakeflow ingest` again"));
}

TEST(RunReport, SaysForMachinesTheSame) {
  const nlohmann::json json = nlohmann::json::parse(to_json(finished_run()));
  EXPECT_EQ(json["outcome"], "done");
  EXPECT_EQ(json["exit_code"], 0);
  EXPECT_EQ(json["started_at"], "2024-05-01T12:30:00Z");
  EXPECT_EQ(json["rejects"], 6);
  EXPECT_EQ(json["tables"][0]["inserted"], 1234);
  EXPECT_EQ(json["tables"][0]["unchanged"], 4) << "with what was gone: the sum is that of the rows";
  EXPECT_EQ(json["tables"][0]["already_gone"], 3);
  EXPECT_EQ(json["tables"][0]["rows_now"], 5001);
  EXPECT_EQ(json["tables"][1]["rows_now"], nullptr);
  EXPECT_EQ(json["tables"][0]["error"], nullptr);
  EXPECT_EQ(json["passes"][0]["records_filtered"]["already_read"], 1);
  EXPECT_EQ(json["passes"][0]["rejects"]["missing_key"], 2);
}

TEST(RunReport, OfAFileNameThatIsNoUtf8IsStillJson) {
  RunReport report = finished_run();
  report.error = Error::user("no file named \xff");
  EXPECT_TRUE(nlohmann::json::accept(to_json(report)));
}

struct ExitCase {
  const char* name;
  RunOutcome outcome;
  std::optional<Error> run_error;
  std::vector<std::optional<Error>> table_errors;
  int code;
};

class ExitCode : public ::testing::TestWithParam<ExitCase> {};

TEST_P(ExitCode, SaysWhoHasToAct) {
  RunReport report;
  report.outcome = GetParam().outcome;
  report.error = GetParam().run_error;
  for (const auto& error : GetParam().table_errors) {
    report.tables.emplace_back().error = error;
  }
  EXPECT_EQ(report.exit_code(), GetParam().code);
}

INSTANTIATE_TEST_SUITE_P(Of, ExitCode,
                         ::testing::Values(ExitCase{"done", RunOutcome::kDone, {}, {std::nullopt}, 0},
                                           ExitCase{"some_tables_failed", RunOutcome::kPartial, {}, {Error::source("403"), std::nullopt}, 6},
                                           ExitCase{
                                               "all_tables_failed", RunOutcome::kFailed, {}, {Error::source("403"), Error::user("no such table")}, 3},
                                           ExitCase{"threshold", RunOutcome::kFailed, Error::data("too many"), {std::nullopt}, 4},
                                           ExitCase{"destination", RunOutcome::kFailed, Error::destination("full"), {std::nullopt}, 5},
                                           ExitCase{"stopped", RunOutcome::kInterrupted, Error::interrupted("stopped"), {Error::source("403")}, 130}),
                         [](const auto& parameter) { return parameter.param.name; });

}  // namespace
}  // namespace lakeflow
