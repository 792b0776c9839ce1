// A run that is killed, or that the disk fails, at any call that changes a file: nothing is lost, torn or doubled, and who runs it is told
// what to do. LAKEFLOW_SOAK tries every call; LAKEFLOW_FAULT_POINTS so many a pair and beginning, spread evenly.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "tests/soak/fault_pair.h"
#include "tests/soak/fault_table.h"
#include "tests/soak/fault_trial.h"

namespace lakeflow::test {
namespace {

// At every point all of them.
const std::array<FaultOrder, 5> kFaults = {{{.kind = "kill"},
                                            {.kind = "ENOSPC"},
                                            {.kind = "ENOSPC", .lasts = true},  // the disk is full, and stays so
                                            {.kind = "EIO"},
                                            {.kind = "EIO", .lasts = true}}};

std::uint64_t points_to_try(std::uint64_t calls) {
  if (const char* asked = std::getenv("LAKEFLOW_FAULT_POINTS"); asked != nullptr)
    return std::min<std::uint64_t>(calls, std::strtoull(asked, nullptr, 10));
  return calls;
}

class FaultsAtSomeCalls : public ::testing::TestWithParam<FaultPair> {};

// Few, so that it is quick: kinds of faults at places of their own.
TEST_P(FaultsAtSomeCalls, LoseNothing) {
  FaultTrial trial(GetParam(), FaultTrial::Beginning::kEarlierRun);
  ASSERT_TRUE(trial.ok());
  ASSERT_FALSE(trial.undisturbed().rows.empty());
  ASSERT_EQ(trial.undisturbed().stray_files, std::vector<std::string>());
  for (std::size_t i = 0; i < kFaults.size(); i += 2) {
    FaultOrder order = kFaults[i];
    order.at = 1 + trial.calls() * (i + 1) / (kFaults.size() + 1);
    const FaultVerdict verdict = trial.run(order);
    EXPECT_TRUE(verdict.reached);
    for (const std::string& complaint : verdict.complaints) ADD_FAILURE() << complaint;
  }
}

class FaultsAtEveryCall : public ::testing::TestWithParam<FaultPair> {};

TEST_P(FaultsAtEveryCall, LoseNothing) {
  if (std::getenv("LAKEFLOW_SOAK") == nullptr) GTEST_SKIP() << "long: LAKEFLOW_SOAK=1, as make soak sets it";
  FaultLine line{.pair = GetParam().name};
  for (const auto beginning : {FaultTrial::Beginning::kNothing, FaultTrial::Beginning::kEarlierRun}) {
    FaultTrial trial(GetParam(), beginning);
    ASSERT_TRUE(trial.ok());
    const std::uint64_t tried = points_to_try(trial.calls());
    line.points += trial.calls();
    line.tried += tried;
    for (std::uint64_t i = 0; i < tried; ++i) {
      for (FaultOrder order : kFaults) {
        order.at = 1 + i * trial.calls() / tried;
        const FaultVerdict verdict = trial.run(order);
        line.add(verdict);
        for (const std::string& complaint : verdict.complaints) ADD_FAILURE() << complaint;
      }
    }
  }
  std::printf("%s%s", table_head().c_str(), line.text().c_str());
}

std::vector<FaultPair> quick_pairs() {
  std::vector<FaultPair> pairs = fault_pairs();
  std::erase_if(pairs, [](const FaultPair& pair) { return pair.name != "duckdb_cdc_with_deletes_type_1" && pair.name != "parquet_append"; });
  return pairs;
}

const auto kName = [](const auto& pair) { return pair.param.name; };

INSTANTIATE_TEST_SUITE_P(Pairs, FaultsAtSomeCalls, ::testing::ValuesIn(quick_pairs()), kName);
INSTANTIATE_TEST_SUITE_P(Pairs, FaultsAtEveryCall, ::testing::ValuesIn(fault_pairs()), kName);

}  // namespace
}  // namespace lakeflow::test
