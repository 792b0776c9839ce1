#include <algorithm>

#include <gtest/gtest.h>

#include "tests/command_line/case_file.h"
#include "tests/command_line/case_runner.h"

namespace lakeflow {
namespace {

std::vector<std::filesystem::path> case_paths() {
  std::vector<std::filesystem::path> paths;
  for (const auto& entry : std::filesystem::directory_iterator(LAKEFLOW_SOURCE_DIR "/tests/command_line/cases")) {
    if (entry.path().extension() == ".case") {
      paths.push_back(entry.path());
    }
  }
  std::ranges::sort(paths);
  return paths;
}

class CommandLineCase : public testing::TestWithParam<std::filesystem::path> {};

TEST_P(CommandLineCase, Holds) {
  const Result<CaseFile> file = read_case_file(GetParam());
  ASSERT_TRUE(file.has_value()) << file.error().message();
  CaseRunner runner(LAKEFLOW_BINARY_DIR "/bin", GetParam().stem().string());
  if (const std::optional<std::string> reason = runner.run(*file)) {
    GTEST_SKIP() << *reason;
  }
}

INSTANTIATE_TEST_SUITE_P(Cases, CommandLineCase, testing::ValuesIn(case_paths()), [](const auto& test) { return test.param.stem().string(); });

TEST(CaseFile, ADifferenceIsSeenAndAWildcardIsNoExcuse) {
  EXPECT_TRUE(matches("a\nb [..] d\n...\nz\n", "a\nb c d\nmore\nand more\nz\n").has_value());
  EXPECT_TRUE(matches("", "").has_value());
  EXPECT_FALSE(matches("", "a\n").has_value());
  EXPECT_FALSE(matches("a\n", "").has_value());
  EXPECT_FALSE(matches("a\nb\n", "a\n").has_value());
  EXPECT_FALSE(matches("a\n...\n", "b\n").has_value());
  EXPECT_FALSE(matches("a [..] c\n", "a b d\n").has_value());
}

}  // namespace
}  // namespace lakeflow
