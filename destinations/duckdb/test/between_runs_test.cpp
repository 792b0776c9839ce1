// What is tidied between the runs of a process that goes on: the log, and what DuckDB holds in memory.
#include <arrow/type.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <filesystem>
#include <string>

#include "destinations/duckdb/test/duckdb_fixture.h"

namespace lakeflow::testing {
namespace {

constexpr std::uintmax_t kMegabyte = 1U << 20U;

ApplyPlan text_plan() {
  ApplyPlan plan;
  plan.target = {"clinic", "t"};
  plan.schema = arrow::schema({arrow::field("v", arrow::utf8())});
  return plan;
}

class BetweenRunsTest : public DuckDbTest {
 protected:
  // So many megabytes, in a commit each.
  void land(int megabytes) {
    const std::string rows = R"([{"v":")" + std::string(kMegabyte, 'v') + R"("}])";
    for (int i = 0; i < megabytes; ++i) ASSERT_EQ(apply_text(*destination_, text_plan(), {rows}), "1 inserted\n");
  }
  std::uintmax_t log_bytes() const { return std::filesystem::file_size(path() + ".wal"); }
  int held_megabytes() { return std::stoi(query_text(*destination_, "SELECT (sum(memory_usage_bytes) // 1048576)::BIGINT FROM duckdb_memory()")); }
  std::string limit() { return query_text(*destination_, "SELECT current_setting('memory_limit')"); }

  const std::unique_ptr<Destination> destination_ = open();
};

TEST_F(BetweenRunsTest, AShortLogStays) {
  land(2);
  ASSERT_TRUE(destination_->between_runs());
  EXPECT_GT(log_bytes(), kMegabyte);
}

TEST_F(BetweenRunsTest, ALongLogGoesIntoTheFileAndBlocksAreForgotten) {
  land(20);
  const std::string limit_before = limit();
  ASSERT_GT(log_bytes(), 16 * kMegabyte);
  ASSERT_GE(held_megabytes(), 10);
  ASSERT_TRUE(destination_->between_runs());
  EXPECT_TRUE(!std::filesystem::exists(path() + ".wal") || log_bytes() == 0);
  EXPECT_LT(held_megabytes(), 4);
  EXPECT_EQ(limit(), limit_before);
  EXPECT_EQ(query_text(*destination_, "SELECT count(*), sum(length(v)) // 1048576 FROM clinic.t"), "20 | 20\n");
  land(1);
  EXPECT_EQ(query_text(*destination_, "SELECT count(*) FROM clinic.t"), "21\n");
}

}  // namespace
}  // namespace lakeflow::testing
