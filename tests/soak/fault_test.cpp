// A run that is killed, or that the disk fails, at any call that changes a file: nothing is lost, torn or doubled, and who runs it is told
// what to do. LAKEFLOW_SOAK tries every call; LAKEFLOW_FAULT_POINTS so many a pair and beginning, spread evenly; LAKEFLOW_FAULT_PLACE one call,
// again and again.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tests/soak/fault_pair.h"
#include "tests/soak/fault_table.h"
#include "tests/soak/fault_trial.h"

namespace lakeflow::test {
namespace {

// At every call all of them. An error comes once, or stays: then all later calls of that kind (writes, say) fail as well.
const std::array<FaultOrder, 3> kFaults = {{{.kind = "kill"}, {.kind = "ENOSPC"}, {.kind = "EIO"}}};
// At every call that changes what a power cut leaves.
const std::array<FaultOrder, 3> kCuts = {
    {{.kind = "cut", .cut = PowerCut::kOnlySynced}, {.kind = "cut", .cut = PowerCut::kNamesStand}, {.kind = "cut", .cut = PowerCut::kLengthsStand}}};

std::uint64_t points_to_try(std::uint64_t points) {
  if (const char* asked = std::getenv("LAKEFLOW_FAULT_POINTS"); asked != nullptr)
    return std::min<std::uint64_t>(points, std::strtoull(asked, nullptr, 10));
  return points;
}

std::vector<FaultTrial::Beginning> beginnings_of(const FaultPair& pair) {
  if (pair.run != RunKind::kIngest) return {FaultTrial::Beginning::kEarlierRun};
  return {FaultTrial::Beginning::kNothing, FaultTrial::Beginning::kEarlierRun};
}

class FaultsAtSomeCalls : public ::testing::TestWithParam<FaultPair> {
 protected:
  static void try_fault(FaultTrial& trial, const FaultOrder& order) {
    const FaultVerdict verdict = trial.run(order);
    EXPECT_TRUE(verdict.reached);
    for (const std::string& complaint : verdict.complaints) ADD_FAILURE() << complaint;
  }
};

// Few, so that it is quick: kinds of faults at places of their own.
TEST_P(FaultsAtSomeCalls, LoseNothing) {
  FaultTrial trial(GetParam(), FaultTrial::Beginning::kEarlierRun);
  ASSERT_TRUE(trial.ok());
  ASSERT_FALSE(trial.undisturbed().rows.empty());
  for (std::size_t i = 0; i < kFaults.size(); ++i) {
    FaultOrder order = kFaults[i];
    order.at = 1 + trial.calls() * (i + 1) / (kFaults.size() + 1);
    order.lasts = order.kind == "ENOSPC";  // the disk is full
    try_fault(trial, order);
  }
  for (std::size_t i = 0; i < kCuts.size(); ++i) {
    FaultOrder order = kCuts[i];
    order.at = i == 0 ? kAtTheEnd : 1 + trial.cuts() * (i + 1) / (kCuts.size() + 1);
    try_fault(trial, order);
  }
}

// DuckDB writes over blocks that hold parts of its last checkpoint (saved_blocks.h): the run that ends in a second one is killed at each call.
class KillsAtEveryCall : public ::testing::TestWithParam<FaultPair> {};

TEST_P(KillsAtEveryCall, LeaveAFileThatOpens) {
  FaultTrial trial(GetParam(), FaultTrial::Beginning::kEarlierRun);
  ASSERT_TRUE(trial.ok());
  for (std::uint64_t at = 1; at <= trial.calls(); ++at) {
    const FaultVerdict verdict = trial.run({.kind = "kill", .at = at});
    for (const std::string& complaint : verdict.complaints) ADD_FAILURE() << complaint;
  }
}

// After a commit that failed DuckDB must not go on with the file: rows that land then would be gone at the next opening. A new column in the
// same commit brings it about.
class ErrorsAtEveryCall : public ::testing::TestWithParam<FaultPair> {};

TEST_P(ErrorsAtEveryCall, LoseNothingThatLandsLater) {
  FaultTrial trial(GetParam(), FaultTrial::Beginning::kEarlierRun);
  ASSERT_TRUE(trial.ok());
  for (std::uint64_t at = 1; at <= trial.calls(); ++at) {
    const FaultVerdict verdict = trial.run({.kind = "ENOSPC", .at = at});
    for (const std::string& complaint : verdict.complaints) ADD_FAILURE() << complaint;
  }
}

// That the cuts would find a sync that is left out.
class SyncsLeftOut : public ::testing::TestWithParam<FaultPair> {};

TEST_P(SyncsLeftOut, LoseWhatWasSaidToBeDone) {
  FaultTrial trial(GetParam(), FaultTrial::Beginning::kNothing);
  ASSERT_TRUE(trial.ok());
  EXPECT_GT(trial.run({.kind = "cut", .at = kAtTheEnd, .cut = PowerCut::kOnlySynced, .forgets = "folders"}).lost, 0);
  EXPECT_GT(trial.run({.kind = "cut", .at = kAtTheEnd, .cut = PowerCut::kNamesStand, .forgets = "files"}).lost, 0);
}

// Every second one: where the disk stays full, the other error comes once.
bool lasts_at(std::uint64_t at, const FaultOrder& order) { return !order.cut && (at % 2 == 0) == (order.kind == "ENOSPC"); }

// What was found at one place, to be looked into: threads may bring other calls there, so again and again.
void try_again(FaultTrial& trial, std::span<const FaultOrder> orders, std::uint64_t at) {
  constexpr int kTimes = 20;
  for (int i = 0; i < kTimes; ++i) {
    for (FaultOrder order : orders) {
      order.at = at;
      order.lasts = lasts_at(at, order);
      for (const std::string& complaint : trial.run(order).complaints) ADD_FAILURE() << complaint;
    }
  }
}

// Each of the orders at so many places as are asked for, spread evenly over the points.
void try_everywhere(FaultTrial& trial, std::span<const FaultOrder> orders, std::uint64_t points, FaultLine& line) {
  if (const char* place = std::getenv("LAKEFLOW_FAULT_PLACE"); place != nullptr) return try_again(trial, orders, std::strtoull(place, nullptr, 10));
  const std::uint64_t tried = points_to_try(points);
  for (std::uint64_t i = 0; i < tried; ++i) {
    for (FaultOrder order : orders) {
      order.at = points - i * points / tried;
      if (order.cut && order.at == points) order.at = kAtTheEnd;
      order.lasts = lasts_at(order.at, order);
      const FaultVerdict verdict = trial.run(order);
      line.add(verdict);
      for (const std::string& complaint : verdict.complaints) ADD_FAILURE() << complaint;
    }
  }
  line.tried = tried;
  report(line);
}

class FaultsAtEveryCall : public ::testing::TestWithParam<FaultPair> {
 protected:
  void SetUp() override {
    if (std::getenv("LAKEFLOW_SOAK") == nullptr) GTEST_SKIP() << "long: LAKEFLOW_SOAK=1, as make soak sets it";
  }
};

TEST_P(FaultsAtEveryCall, PowerCutsLoseNothing) {
  for (const auto beginning : beginnings_of(GetParam())) {
    FaultTrial trial(GetParam(), beginning);
    ASSERT_TRUE(trial.ok());
    FaultLine line{.pair = GetParam().name, .cuts = trial.cuts()};
    try_everywhere(trial, kCuts, trial.cuts(), line);
  }
}

TEST_P(FaultsAtEveryCall, KillsAndErrorsLoseNothing) {
  for (const auto beginning : beginnings_of(GetParam())) {
    FaultTrial trial(GetParam(), beginning);
    ASSERT_TRUE(trial.ok());
    FaultLine line{.pair = GetParam().name, .calls = trial.calls()};
    try_everywhere(trial, kFaults, trial.calls(), line);
  }
}

std::vector<FaultPair> quick_pairs() {
  std::vector<FaultPair> pairs = fault_pairs();
  std::erase_if(pairs, [](const FaultPair& pair) { return pair.name != "duckdb_cdc_with_deletes_type_1" && pair.name != "parquet_append"; });
  return pairs;
}

std::vector<FaultPair> pair_of(std::string_view name) {
  std::vector<FaultPair> pairs = fault_pairs();
  std::erase_if(pairs, [&](const FaultPair& pair) { return pair.name != name; });
  return pairs;
}

const auto kName = [](const auto& pair) { return pair.param.name; };

INSTANTIATE_TEST_SUITE_P(Pairs, FaultsAtSomeCalls, ::testing::ValuesIn(quick_pairs()), kName);
INSTANTIATE_TEST_SUITE_P(Pairs, KillsAtEveryCall, ::testing::ValuesIn(pair_of("duckdb_cdc_type_1")), kName);
INSTANTIATE_TEST_SUITE_P(Pairs, ErrorsAtEveryCall, ::testing::ValuesIn(pair_of("duckdb_cdc_type_2_new_column")), kName);
INSTANTIATE_TEST_SUITE_P(Pairs, SyncsLeftOut, ::testing::ValuesIn(quick_pairs()), kName);
INSTANTIATE_TEST_SUITE_P(Pairs, FaultsAtEveryCall, ::testing::ValuesIn(fault_pairs()), kName);

}  // namespace
}  // namespace lakeflow::test
