#include "engine/ingest/slice_buffer.h"

#include <arrow/array/builder_primitive.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <gtest/gtest.h>

namespace lakeflow {
namespace {

ChangeSlice make_slice(std::int64_t first, std::int64_t rows, bool keyed) {
  arrow::Int64Builder builder;
  for (std::int64_t i = 0; i < rows; ++i) {
    EXPECT_TRUE(builder.Append(first + i).ok());
  }
  const auto batch = arrow::RecordBatch::Make(arrow::schema({arrow::field("n", arrow::int64())}), rows, {builder.Finish().ValueOrDie()});
  return {.rows = batch, .keys = keyed ? batch : nullptr};
}

TEST(SliceBuffer, JoinsSlicesInOrder) {
  SliceBuffer buffer(2);
  buffer.add(0, make_slice(0, 3, true));
  buffer.add(0, make_slice(3, 0, true));
  buffer.add(0, make_slice(3, 4, true));
  EXPECT_TRUE(buffer.holds(0));
  EXPECT_FALSE(buffer.holds(1));
  EXPECT_FALSE(buffer.full().has_value());
  const auto joined = buffer.take(0);
  ASSERT_TRUE(joined.has_value());
  EXPECT_TRUE(joined->rows->Equals(*make_slice(0, 7, true).rows));
  EXPECT_TRUE(joined->keys->Equals(*make_slice(0, 7, true).keys));
  EXPECT_FALSE(buffer.holds(0));
}

TEST(SliceBuffer, IsFullByRowsOfOneTable) {
  SliceBuffer buffer(2);
  buffer.add(0, make_slice(0, 10, false));
  for (std::uint64_t rows = 0; rows < kSliceRows; rows += 10'000) {
    EXPECT_FALSE(buffer.full().has_value());
    buffer.add(1, make_slice(0, 10'000, false));
  }
  EXPECT_EQ(buffer.full(), 1U);
  EXPECT_EQ(buffer.take(1)->keys, nullptr);
  EXPECT_FALSE(buffer.full().has_value());
}

TEST(SliceBuffer, IsFullByBytesOfAllTablesAndGivesTheLargest) {
  constexpr std::int64_t kRows = 80'000;  // 640 KB each: no table is full by its rows
  constexpr std::size_t kTables = 120;
  SliceBuffer buffer(kTables);
  std::size_t added = 0;
  while (!buffer.full() && added < kTables) {
    buffer.add(added, make_slice(0, added == 5 ? kRows + 1000 : kRows, false));
    ++added;
  }
  EXPECT_NEAR(static_cast<double>(added), static_cast<double>(kSliceBytes) / (kRows * 8.0), 8);
  EXPECT_EQ(buffer.full(), 5U);
}

}  // namespace
}  // namespace lakeflow
