// The suite of the change rules on DuckDB files. LAKEFLOW_SOAK makes it longer, LAKEFLOW_APPLY_OPERATIONS and LAKEFLOW_APPLY_SEED another.

#include <unistd.h>

#include <cstdlib>
#include <filesystem>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/options.h"
#include "destinations/duckdb/duckdb_destination.h"
#include "testing/apply/apply_suite.h"

namespace lakeflow {
namespace {

using ::testing::IsEmpty;

std::uint64_t from_environment(const char* name, std::uint64_t otherwise) {
  const char* const text = std::getenv(name);
  const std::optional<std::int64_t> number = text == nullptr ? std::nullopt : parse_integer(text);
  return number ? static_cast<std::uint64_t>(*number) : otherwise;
}

// Tables as they are, as all of the suite's are narrow, and as wide ones are, of which each column and each member of a struct comes into being
// with its first value.
class DuckDbApply : public ::testing::TestWithParam<std::size_t> {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::temp_directory_path() / ("lakeflow_duckdb_apply_" + std::to_string(::getpid()));
    std::filesystem::create_directories(folder_);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  Result<std::unique_ptr<Destination>> open(int file) const {
    return open_duckdb(
        {.path = (folder_ / (std::to_string(file) + ".duckdb")).string(), .memory_limit = 0, .read_only = false, .widest_plain_table = GetParam()});
  }
  DestinationFactory new_files() {
    return [this] { return open(++files_); };
  }
  DestinationFactory last_file() {
    return [this] { return open(files_); };
  }

  std::filesystem::path folder_;
  int files_ = 0;
};

TEST_P(DuckDbApply, Cases) { EXPECT_THAT(run_apply_cases(LAKEFLOW_SOURCE_DIR "/testing/apply/cases", new_files()), IsEmpty()); }

TEST_P(DuckDbApply, Property) {
  const std::uint64_t usual = std::getenv("LAKEFLOW_SOAK") == nullptr ? 10'000 : 1'000'000;
  const ApplyPropertyOptions options = {
      .operations = from_environment("LAKEFLOW_APPLY_OPERATIONS", usual), .seed = from_environment("LAKEFLOW_APPLY_SEED", 1), .reopen = last_file()};
  EXPECT_THAT(run_apply_property(options, new_files()), IsEmpty());
}

INSTANTIATE_TEST_SUITE_P(AllLayouts, DuckDbApply, ::testing::Values(kWidestPlainTable, 0),
                         [](const auto& widest) { return std::string(widest.param == 0 ? "Views" : "Tables"); });

}  // namespace
}  // namespace lakeflow
