// What differs between readings of a source that may change counts only where it is no change of the source.

#include "testing/connector/reading_difference.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace lakeflow {
namespace {

ReadRow row(std::string key, std::string sequence, std::uint64_t content) {
  return {.key = std::move(key), .sequence = std::move(sequence), .content = content};
}

TableUnderTest table(IngestionType type, std::string cursor = "updated") {
  return {.request = {},
          .schema = nullptr,
          .metadata = {.ingestion_type = type, .primary_keys = {"id"}, .cursor_field = std::move(cursor), .subject_field = {}}};
}

TEST(ReadingDifference, WhatStoodBeforeAndAfterIsMissing) {
  const std::vector<ReadRow> both{row("a", "1", 1), row("b", "1", 1)};
  EXPECT_EQ(compare_rows(table(IngestionType::kCdc), both, {row("a", "1", 1)}, both), (ReadingDifference{.missing = 1}));
}

TEST(ReadingDifference, WhatWasRemovedOrChangedMeanwhileIsNot) {
  const std::vector<ReadRow> before{row("a", "1", 1), row("b", "1", 1), row("c", "1", 1)};
  EXPECT_EQ(compare_rows(table(IngestionType::kCdc), before, {row("a", "1", 1)}, {row("a", "1", 1), row("b", "2", 2)}), ReadingDifference{});
}

TEST(ReadingDifference, OnlyWhatIsNeitherBeforeNorAfterIsUnexpected) {
  const std::vector<ReadRow> found{row("a", "1", 1), row("b", "2", 1), row("c", "2", 1)};
  EXPECT_EQ(compare_rows(table(IngestionType::kCdc), {row("a", "1", 1)}, found, {row("a", "1", 1), row("b", "2", 1)}),
            (ReadingDifference{.unexpected = 1}));
}

TEST(ReadingDifference, AVersionHasOneContent) {
  EXPECT_EQ(compare_rows(table(IngestionType::kCdc), {row("a", "1", 1)}, {row("a", "1", 2)}, {row("a", "1", 3)}), (ReadingDifference{.changed = 1}));
  EXPECT_EQ(compare_rows(table(IngestionType::kCdc), {row("a", "1", 1)}, {row("a", "2", 2)}, {row("a", "3", 3)}), ReadingDifference{});
}

// Of a table that tells no times of change a version that changes twice is the source's, but not where most do so.
TEST(ReadingDifference, WithoutTimesTheContentOfFewMayChange) {
  const TableUnderTest codes = table(IngestionType::kSnapshot, "");
  const auto rows = [](std::uint64_t content) { return std::vector{row("a", "", 1), row("b", "", 1), row("c", "", content)}; };
  EXPECT_EQ(compare_rows(codes, rows(1), rows(2), rows(3)), ReadingDifference{});
  EXPECT_EQ(compare_rows(codes, rows(1), rows(2), rows(1)), (ReadingDifference{.changed = 1}));
  EXPECT_EQ(compare_rows(codes, {row("a", "", 1)}, {row("a", "", 2)}, {row("a", "", 3)}), (ReadingDifference{.changed = 1}));
}

TEST(ReadingDifference, RowsThatGrowAreCounted) {
  const TableUnderTest events = table(IngestionType::kAppend);
  const ReadRow a = row("a", "1", 1);
  const ReadRow b = row("b", "2", 1);
  EXPECT_EQ(compare_rows(events, {a}, {a, b}, {a, b}), ReadingDifference{}) << "b is new";
  EXPECT_EQ(compare_rows(events, {a, b}, {a}, {a, b}), (ReadingDifference{.missing = 1}));
  EXPECT_EQ(compare_rows(events, {a}, {a, a}, {a, b}), (ReadingDifference{.doubled = 1}));
  EXPECT_EQ(compare_rows(events, {a}, {a, a}, {a, a}), ReadingDifference{}) << "an event like it is new";
}

}  // namespace
}  // namespace lakeflow
