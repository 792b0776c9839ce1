// The numbers as Prometheus reads them.

#include "engine/monitor/metrics_text.h"

#include <set>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lakeflow {
namespace {

using testing::HasSubstr;
using testing::Not;

ProcessSnapshot snapshot() {
  ProcessSnapshot snapshot;
  snapshot.pipeline = "cli\"nic";
  snapshot.started_at = 1'000'000;
  snapshot.taken_at = 61'000'000;
  snapshot.runs["done"] = 2;
  snapshot.last_run_seconds = 1.5;
  snapshot.rejects["missing_key"] = 4;
  TableSnapshot& table = snapshot.tables.emplace_back();
  table.source_table = "Patient";
  table.destination_table = "bronze.Patient";
  table.counts.inserted = 10;
  table.last_success_at = 31'000'000;
  table.last_error = "secret words of a server";
  table.next_run_at = 91'000'000;
  return snapshot;
}

TEST(MetricsText, CountsAndTimesHaveTheirNamesAndLabels) {
  const std::string text = metrics_text(snapshot(), {.resident_bytes = 4096, .open_files = 9, .cpu_seconds = 0.25}, "1.2");
  for (const char* line :
       {"lakeflow_build_info{pipeline=\"cli\\\"nic\",version=\"1.2\"} 1\n",
        "lakeflow_rows_total{pipeline=\"cli\\\"nic\",table=\"bronze.Patient\",outcome=\"inserted\"} 10\n",
        "lakeflow_rows_total{pipeline=\"cli\\\"nic\",table=\"bronze.Patient\",outcome=\"deleted\"} 0\n",
        "lakeflow_last_success_timestamp_seconds{pipeline=\"cli\\\"nic\",table=\"bronze.Patient\"} 31.000\n",
        "lakeflow_lag_seconds{pipeline=\"cli\\\"nic\",table=\"bronze.Patient\"} 30.000\n",
        "lakeflow_next_run_seconds{pipeline=\"cli\\\"nic\",table=\"bronze.Patient\"} 30.000\n",
        "lakeflow_runs_total{pipeline=\"cli\\\"nic\",outcome=\"done\"} 2\n", "lakeflow_runs_total{pipeline=\"cli\\\"nic\",outcome=\"failed\"} 0\n",
        "lakeflow_rejects_total{pipeline=\"cli\\\"nic\",reason=\"missing_key\"} 4\n", "process_open_fds 9\n",
        "process_resident_memory_bytes 4096\n"}) {
    EXPECT_THAT(text, HasSubstr(line));
  }
  EXPECT_THAT(text, Not(HasSubstr("secret words")));
}

// Every sample follows the TYPE line of its family, and no family comes twice: what Prometheus demands.
TEST(MetricsText, FamiliesAreWhole) {
  std::istringstream lines(metrics_text(snapshot(), {}, "1.2"));
  std::set<std::string> seen;
  std::string family;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("# TYPE ")) {
      std::istringstream(line.substr(7)) >> family;
      EXPECT_TRUE(seen.insert(family).second) << family;
      EXPECT_EQ(line.ends_with("counter"), family.ends_with("_total")) << line;
    } else if (!line.starts_with("#")) {
      EXPECT_EQ(line.substr(0, line.find_first_of("{ ")), family) << line;
    }
  }
  EXPECT_GT(seen.size(), 15U);
}

TEST(ProcessUsage, SeesThisProcess) {
  const ProcessUsage usage = process_usage();
  EXPECT_GT(usage.resident_bytes, 1U << 20U);
  EXPECT_GE(usage.open_files, 3U);
}

}  // namespace
}  // namespace lakeflow
