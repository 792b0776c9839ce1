#include <gtest/gtest.h>

#include "testing/review/connector_review.h"

namespace lakeflow {
namespace {

std::string refusal(std::string_view json) {
  const auto results = parse_suite_results(json, "ledger");
  return results ? "accepted" : results.error().message();
}

TEST(SuiteResults, AreReadAgain) {
  const auto results = parse_suite_results(R"({"connector": "ledger", "passed": 1, "results": [
      {"check": "reads_to_its_end", "table": "entries", "verdict": "passed", "evidence": "3 rows", "protects": "runs", "seconds": 0.1},
      {"check": "lists_tables", "table": "", "verdict": "skipped", "evidence": "why", "protects": "tables", "seconds": 0}]})",
                                           "ledger")
                           .value();
  ASSERT_EQ(results.size(), 2U);
  EXPECT_EQ(results[0].check, "reads_to_its_end");
  EXPECT_EQ(results[0].table, "entries");
  EXPECT_EQ(results[0].evidence, "3 rows");
  EXPECT_EQ(results[0].verdict, Verdict::kPassed);
  EXPECT_EQ(results[1].verdict, Verdict::kSkipped);
}

TEST(SuiteResults, AreRefusedWhereTheyAreNone) {
  EXPECT_EQ(refusal("no"), "these are no results of the suite");
  EXPECT_EQ(refusal(R"({"connector": "ledger", "results": 3})"), "these are no results of the suite");
  EXPECT_EQ(refusal(R"({"connector": "other", "results": []})"), "these are the suite's results of the connector other, not of ledger");
  EXPECT_EQ(refusal(R"({"connector": "ledger", "results": [{"verdict": "fine"}]})"), "result 1 of the suite has no verdict that is known");
  EXPECT_EQ(refusal(R"({"connector": "ledger", "results": [3]})"), "result 1 of the suite has no verdict that is known");
}

}  // namespace
}  // namespace lakeflow
