// The files of examples/hl7: what their README says of them.

#include <algorithm>
#include <filesystem>
#include <iterator>

#include <gtest/gtest.h>

#include "sources/healthcare/test/hl7v2_test_source.h"

namespace lakeflow {
namespace {

namespace fs = std::filesystem;

TEST(Hl7Examples, LoadOnTheFirstDayAndOnlyWhatIsNewOnTheSecond) {
  const fs::path examples = fs::path(LAKEFLOW_SOURCE_DIR) / "examples/hl7";
  Hl7TestSource source;
  fs::copy(examples, source.folder().path());
  const Reading first = source.read();
  EXPECT_EQ(first.tables.at("adt_messages").size(), 6U);
  EXPECT_EQ(first.tables.at("oru_messages").size(), 4U);
  EXPECT_EQ(first.tables.at("pid").size(), 10U);
  EXPECT_EQ(first.tables.at("obx").size(), 11U);
  EXPECT_TRUE(first.broken.empty());
  EXPECT_TRUE(first.filtered.empty());
  std::vector<std::string> rescued;
  for (const auto& [table, rows] : first.tables) {
    std::ranges::copy_if(rows, std::back_inserter(rescued), [](const std::string& row) { return row.find("_rescued_data") != std::string::npos; });
  }
  ASSERT_EQ(rescued.size(), 1U);
  EXPECT_TRUE(rescued.front().ends_with(R"("_rescued_data":{"PID-7":"1968"}})")) << "a year is no date_of_birth";
  EXPECT_NE(first.tables.at("obx").back().find("Nüchternblut"), std::string::npos);

  fs::copy(examples / "second_day", source.folder().path());
  const Reading second = source.read();
  EXPECT_EQ(second.tables.at("adt_messages").size(), 2U);
  EXPECT_EQ(second.tables.at("oru_messages").size(), 1U);
  ASSERT_EQ(second.broken.size(), 1U);
  EXPECT_TRUE(second.broken.front().starts_with("oru_20240502.hl7@0 no_msh_segment "));
}

}  // namespace
}  // namespace lakeflow
