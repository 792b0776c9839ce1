#include "engine/ingest/raw_batcher.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace lakeflow {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::SizeIs;

// So many records of so many bytes, of a file of this name.
RawRecords make_records(std::size_t count, std::size_t bytes, const std::string& file) {
  auto text = std::make_shared<std::string>(bytes + kPadding, file.front());
  RawRecords raw;
  raw.origins = {file};
  for (std::size_t i = 0; i < count; ++i) {
    raw.records.push_back({.bytes = std::string_view(*text).substr(0, bytes), .operation = Operation::kUpsert, .origin = 0, .position = i});
  }
  raw.buffer = text;
  raw.bytes_read = count * bytes;
  return raw;
}

TEST(RawBatcher, BringsSmallOnesTogetherWithoutLosingTheirPlaces) {
  RawBatcher batcher;
  for (const char* file : {"a.json", "b.json", "c.json"}) {
    RawRecords raw = make_records(2, 10, file);
    raw.broken.push_back({.record = raw.records.back(), .reason = "torn_record", .detail = {}});
    raw.filtered["already_read"] = 1;
    EXPECT_THAT(batcher.add(std::move(raw)), IsEmpty());
  }
  const auto merged = batcher.take();
  ASSERT_TRUE(merged.has_value());
  EXPECT_THAT(merged->origins, ElementsAre("a.json", "b.json", "c.json"));
  ASSERT_THAT(merged->records, SizeIs(6));
  ASSERT_THAT(merged->broken, SizeIs(3));
  for (const RawRecord& record : merged->records) {
    EXPECT_EQ(record.bytes.front(), merged->origins[record.origin].front()) << "the bytes are those of its file";
  }
  EXPECT_EQ(merged->broken[2].record.origin, 2U);
  EXPECT_THAT(merged->filtered, ElementsAre(Pair("already_read", 3)));
  EXPECT_EQ(merged->bytes_read, 60U);
  EXPECT_FALSE(batcher.take().has_value());
}

TEST(RawBatcher, GivesABatchAsSoonAsItIsFull) {
  RawBatcher batcher;
  std::size_t batches = 0;
  for (int i = 0; i < 100; ++i) {
    for (const RawRecords& batch : batcher.add(make_records(1, 256U << 10U, "a"))) {
      EXPECT_GE(held_bytes(batch), kBatchBytes);
      EXPECT_LT(held_bytes(batch), kBatchBytes + (300U << 10U));
      ++batches;
    }
  }
  EXPECT_EQ(batches, 6U);
}

TEST(RawBatcher, SplitsWhatIsTooMany) {
  RawBatcher batcher;
  RawRecords raw = make_records(2 * kBatchRecords + 5, 3, "a");
  raw.filtered["already_read"] = 4;
  const std::uint64_t bytes = raw.bytes_read;
  std::vector<RawRecords> batches = batcher.add(std::move(raw));
  ASSERT_THAT(batches, SizeIs(2));
  batches.push_back(batcher.take().value());
  std::uint64_t position = 0;
  std::uint64_t bytes_read = 0;
  std::uint64_t filtered = 0;
  for (const RawRecords& batch : batches) {
    EXPECT_LE(batch.records.size(), kBatchRecords);
    for (const RawRecord& record : batch.records) {
      EXPECT_EQ(record.position, position++);
      EXPECT_EQ(record.bytes, "aaa");
    }
    bytes_read += batch.bytes_read;
    filtered += batch.filtered.contains("already_read") ? batch.filtered.at("already_read") : 0;
  }
  EXPECT_EQ(position, 2 * kBatchRecords + 5);
  EXPECT_EQ(bytes_read, bytes) << "counted once";
  EXPECT_EQ(filtered, 4U);
}

}  // namespace
}  // namespace lakeflow
