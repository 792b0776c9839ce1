// A checkpoint that was torn in the middle of a block: what the next opening puts back, and what it leaves alone.
#include "destinations/duckdb/saved_blocks.h"

#include <arrow/type.h>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "destinations/duckdb/test/duckdb_fixture.h"

namespace lakeflow::testing {
namespace {

using ::testing::HasSubstr;
namespace fs = std::filesystem;

constexpr std::size_t kHeaderBytes = 4096;
constexpr std::size_t kBlockBytes = 16'384;

ApplyPlan wide_plan() {
  ApplyPlan plan;
  plan.target = {"clinic", "t"};
  arrow::FieldVector fields = {arrow::field("v", arrow::utf8())};
  for (int i = 0; i < 60; ++i) fields.push_back(arrow::field(fmt::format("c{}", i), arrow::int64()));
  plan.schema = arrow::schema(fields);
  return plan;
}

std::string read_file(const fs::path& path) {
  std::string bytes(fs::file_size(path), '\0');
  std::ifstream(path, std::ios::binary).read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  return bytes;
}

void write_file(const fs::path& path, const std::string& bytes) { std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes; }

std::string block_of(const std::string& file, std::int64_t number) {
  const std::size_t place = 3 * kHeaderBytes + static_cast<std::size_t>(number) * kBlockBytes;
  return place < file.size() ? file.substr(place, kBlockBytes) : std::string();
}

class SavedBlocksTest : public DuckDbTest {
 protected:
  // One row, and the log put into the file.
  void land(std::unique_ptr<Destination> destination, const std::string& value) {
    ASSERT_EQ(apply_text(*destination, wide_plan(), {fmt::format(R"([{{"v":"{}"}}])", value)}), "1 inserted\n");
    ASSERT_TRUE(destination->close());
  }
  // Of metadata, with the number of their parts that are free.
  std::vector<std::pair<std::int64_t, int>> metadata_blocks() {
    const std::string text = query_text(*open(true), "SELECT block_id, free_blocks FROM pragma_metadata_info('lakeflow_file') ORDER BY ALL");
    std::istringstream lines(text);
    std::vector<std::pair<std::int64_t, int>> blocks;
    std::string bar;
    int free = 0;
    for (std::int64_t number = 0; lines >> number >> bar >> free;) blocks.emplace_back(number, free);
    return blocks;
  }
  std::vector<std::int64_t> blocks_with_room() {
    std::vector<std::int64_t> numbers;
    for (const auto& [number, free] : metadata_blocks()) {
      if (free > 0) numbers.push_back(number);
    }
    return numbers;
  }
  // As a process leaves it that is killed in the middle of writing the block.
  void tear(std::int64_t block) {
    std::string bytes = read_file(path());
    const std::size_t place = 3 * kHeaderBytes + static_cast<std::size_t>(block) * kBlockBytes;
    ASSERT_LT(place, bytes.size());
    for (std::size_t i = place; i < place + kBlockBytes / 2; ++i) bytes[i] = static_cast<char>(bytes[i] ^ 0x55);
    write_file(path(), bytes);
  }
  fs::path saved() const { return path() + ".checkpoint"; }
};

// What the rest rests on: a checkpoint leaves what the last one wrote as it was, but in blocks that have room.
TEST_F(SavedBlocksTest, ACheckpointWritesOverNoOtherBlocksOfMetadata) {
  land(open(), "0");
  bool wrote_over = false;
  constexpr int kCheckpoints = 12;
  for (int i = 1; i <= kCheckpoints; ++i) {
    const auto blocks = metadata_blocks();
    ASSERT_FALSE(blocks.empty());
    const std::string before = read_file(path());
    land(open(), std::to_string(i));
    const std::string after = read_file(path());
    for (const auto& [number, free] : blocks) {
      const bool changed = block_of(before, number) != block_of(after, number);
      EXPECT_TRUE(!changed || free > 0) << "block " << number << " in checkpoint " << i;
      wrote_over = wrote_over || changed;
    }
    EXPECT_FALSE(fs::exists(saved()));
  }
  EXPECT_TRUE(wrote_over);
}

// Likewise for the checkpoints of one process, between whose runs the log gets long.
TEST_F(SavedBlocksTest, NorDoTheCheckpointsOfOneProcess) {
  const auto destination = open();
  const auto list = [&] {
    return query_text(*destination, "SELECT block_id FROM pragma_metadata_info('lakeflow_file') WHERE free_blocks = 0 ORDER BY 1");
  };
  const std::string megabyte(std::size_t{1} << 20U, 'v');
  for (int round = 0; round < 4; ++round) {
    std::istringstream full(list());
    const std::string before = read_file(path());
    for (int i = 0; i < 17; ++i) ASSERT_EQ(apply_text(*destination, wide_plan(), {fmt::format(R"([{{"v":"{}"}}])", megabyte)}), "1 inserted\n");
    ASSERT_TRUE(destination->between_runs());
    const std::string after = read_file(path());
    for (std::int64_t number = 0; full >> number;) EXPECT_EQ(block_of(before, number), block_of(after, number)) << number << " in round " << round;
  }
}

TEST_F(SavedBlocksTest, ATornBlockIsPutBack) {
  land(open(), "kept");
  const std::vector<std::int64_t> blocks = blocks_with_room();
  ASSERT_FALSE(blocks.empty());
  ASSERT_TRUE(save_blocks(path(), blocks));
  EXPECT_EQ(fs::status(saved()).permissions(), fs::perms::owner_read | fs::perms::owner_write);
  tear(blocks.front());
  EXPECT_TRUE(needs_mending(path()));
  EXPECT_THAT(opening_error(true), HasSubstr("was left in the middle of a checkpoint"));
  EXPECT_THAT(opening_error(true), HasSubstr("Run `lakeflow ingest`"));
  EXPECT_EQ(query_text(*open(), "SELECT v FROM clinic.t"), "kept\n");
  EXPECT_FALSE(fs::exists(saved()));
  land(open(), "more");
  EXPECT_EQ(query_text(*open(true), "SELECT count(*) FROM clinic.t"), "2\n");
}

TEST_F(SavedBlocksTest, ATornHeaderIsPutBack) {
  land(open(), "kept");
  ASSERT_TRUE(save_blocks(path(), blocks_with_room()));
  const std::string before = read_file(path());
  land(open(), "gone with its header");
  std::string torn = read_file(path());
  const bool first = torn.substr(kHeaderBytes, kHeaderBytes) != before.substr(kHeaderBytes, kHeaderBytes);
  torn[(first ? kHeaderBytes : 2 * kHeaderBytes) + 10] ^= 1;
  // The saved blocks are forgotten with the checkpoint that was finished.
  write_file(path(), before);
  ASSERT_TRUE(save_blocks(path(), blocks_with_room()));
  write_file(path(), torn);
  EXPECT_TRUE(needs_mending(path()));
  EXPECT_EQ(query_text(*open(), "SELECT v FROM clinic.t"), "kept\n");
}

TEST_F(SavedBlocksTest, WhatWasSavedOfAnotherStateIsForgotten) {
  land(open(), "old");
  const std::vector<std::int64_t> blocks = blocks_with_room();
  ASSERT_TRUE(save_blocks(path(), blocks));
  const std::string old_blocks = read_file(saved());
  land(open(), "new");
  write_file(saved(), old_blocks);
  tear(blocks.front());
  const std::string torn = read_file(path());
  EXPECT_FALSE(needs_mending(path()));
  ASSERT_TRUE(mend_blocks(path()));
  EXPECT_EQ(read_file(path()), torn);
  EXPECT_FALSE(fs::exists(saved()));
  EXPECT_THAT(opening_error(), HasSubstr("is damaged"));
}

// Then no checkpoint had begun.
TEST_F(SavedBlocksTest, WhatWasSavedInPartIsForgotten) {
  land(open(), "kept");
  ASSERT_TRUE(save_blocks(path(), blocks_with_room()));
  const std::string whole = read_file(saved());
  for (const std::size_t length : {std::size_t{0}, std::size_t{10}, kHeaderBytes, whole.size() / 2, whole.size() - 1}) {
    write_file(saved(), whole.substr(0, length));
    EXPECT_FALSE(needs_mending(path())) << length;
    EXPECT_EQ(query_text(*open(), "SELECT v FROM clinic.t"), "kept\n") << length;
    EXPECT_FALSE(fs::exists(saved())) << length;
  }
}

// A second attempt finds the block torn by the first, and keeps what that had saved.
TEST_F(SavedBlocksTest, AnUnfinishedCheckpointsBlocksStaySaved) {
  land(open(), "kept");
  const std::vector<std::int64_t> blocks = blocks_with_room();
  ASSERT_TRUE(save_blocks(path(), blocks));
  tear(blocks.front());
  ASSERT_TRUE(save_blocks(path(), blocks));
  EXPECT_EQ(query_text(*open(), "SELECT v FROM clinic.t"), "kept\n");
}

}  // namespace
}  // namespace lakeflow::testing
