#include "engine/ingest/run_id.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

namespace lakeflow {
namespace {

TEST(RunId, SortsAsTimesDoAndIsNeverTheSame) {
  EXPECT_THAT(make_run_id(1'714'566'600'123'456), ::testing::MatchesRegex("20240501T123000.123456Z-[0-9a-f]+"));
  EXPECT_THAT(make_run_id(1'714'566'600'000'000), ::testing::StartsWith("20240501T123000.000000Z-"));
  EXPECT_LT(make_run_id(1'714'566'600'000'000), make_run_id(1'714'566'600'000'001));
  EXPECT_LT(make_run_id(1'714'566'600'999'999), make_run_id(1'714'566'601'000'000));
  std::set<std::string> ids;
  for (int i = 0; i < 100; ++i) {
    ids.insert(make_run_id(0));
  }
  EXPECT_GE(ids.size(), 99U);
}

}  // namespace
}  // namespace lakeflow
