// What a running process can be asked about.

#include "engine/monitor/run_monitor.h"

#include <gtest/gtest.h>

namespace lakeflow {
namespace {

Pipeline clinic() {
  Pipeline pipeline;
  pipeline.name = "clinic";
  for (const char* name : {"Patient", "Observation"}) {
    PipelineTable& table = pipeline.tables.emplace_back();
    table.source_table = name;
    table.destination = {.schema = "bronze", .table = name};
  }
  return pipeline;
}

RunReport report_of(std::optional<Error> observation_error, std::optional<Error> run_error = {}) {
  RunReport report;
  report.outcome = run_error ? RunOutcome::kFailed : observation_error ? RunOutcome::kPartial : RunOutcome::kDone;
  report.error = std::move(run_error);
  report.started_at = 1'000'000;
  report.finished_at = 3'000'000;
  for (const char* name : {"Patient", "Observation"}) {
    TableReport& table = report.tables.emplace_back();
    table.source_table = name;
    table.destination_table = std::string("bronze.") + name;
    table.counts.inserted = 5;
    table.rejected = 1;
  }
  report.tables[1].error = std::move(observation_error);
  PassReport& pass = report.passes.emplace_back();
  pass.bytes_read = 100;
  pass.records_read = 12;
  pass.rejects["missing_key"] = 2;
  return report;
}

TEST(RunMonitor, AddsUpWhatRunsDidAndRemembersWhoFails) {
  RunMonitor monitor(clinic(), true, nullptr);
  monitor.run_began("run-1");
  EXPECT_EQ(monitor.snapshot().run_id, "run-1");
  monitor.run_ended(report_of({}));
  monitor.run_began("run-2");
  monitor.run_ended(report_of(Error::source("the server refused")));
  monitor.run_ended(report_of(Error::source("the server refused again")));

  const ProcessSnapshot snapshot = monitor.snapshot();
  EXPECT_EQ(snapshot.run_id, "");
  EXPECT_EQ(snapshot.runs, (std::map<std::string, std::uint64_t>{{"done", 1}, {"partial", 2}}));
  EXPECT_EQ(snapshot.bytes_read, 300U);
  EXPECT_EQ(snapshot.rejects.at("missing_key"), 6U);
  EXPECT_EQ(snapshot.tables[0].counts.inserted, 15U);
  EXPECT_EQ(snapshot.tables[0].failures, 0U);
  EXPECT_EQ(snapshot.tables[0].last_success_at, 3'000'000);
  EXPECT_EQ(snapshot.tables[1].failures, 2U);
  EXPECT_EQ(snapshot.tables[1].last_error, "the server refused again");
}

TEST(RunMonitor, AStopIsNoFailureAndAnErrorOfTheRunIsEveryTables) {
  RunMonitor monitor(clinic(), true, nullptr);
  monitor.run_ended(report_of({}, Error::interrupted("stopped")));
  EXPECT_EQ(monitor.snapshot().tables[0].failures, 0U);
  EXPECT_FALSE(monitor.snapshot().tables[0].last_success_at.has_value());
  monitor.run_ended(report_of({}, Error::destination("the disk is full")));
  EXPECT_EQ(monitor.snapshot().tables[0].last_error, "the disk is full");
  monitor.no_run(Error::destination("still full"));
  EXPECT_EQ(monitor.snapshot().tables[0].failures, 2U);
  EXPECT_EQ(monitor.snapshot().destination_error, "still full");
}

TEST(RunMonitor, ASnapshotSurvivesTheWayThroughJson) {
  RunMonitor monitor(clinic(), true, nullptr);
  monitor.run_began("run-1");
  const TableProgress progress{.source_table = "Patient",
                               .destination_table = "bronze.Patient",
                               .rows = 7,
                               .committed_rows = 3,
                               .rejects = 1,
                               .bytes = 99,
                               .seconds = 2,
                               .rows_per_second = 3.5,
                               .finished = false};
  monitor.on_progress(std::span(&progress, 1));
  EXPECT_TRUE(monitor.snapshot().tables[0].reading);
  monitor.run_ended(report_of(Error::source("a \"quoted\" error\nof two lines")));
  monitor.waits("Observation", 17'000'000);
  const ProcessSnapshot snapshot = monitor.snapshot();
  const Result<ProcessSnapshot> back = parse_process_snapshot(to_json(snapshot));
  ASSERT_TRUE(back.has_value()) << back.error().message();
  EXPECT_EQ(*back, snapshot);
  EXPECT_FALSE(parse_process_snapshot("{}").has_value());
  EXPECT_FALSE(parse_process_snapshot("no JSON").has_value());
}

}  // namespace
}  // namespace lakeflow
