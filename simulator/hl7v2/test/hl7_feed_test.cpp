// A feed and what it says of itself, read by the splitter that reads files.

#include "simulator/hl7v2/hl7_feed.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include "libs/hl7v2/message.h"
#include "libs/hl7v2/message_splitter.h"
#include "libs/hl7v2/tokenizer.h"

namespace lakeflow {
namespace {

namespace fs = std::filesystem;
using ::testing::Contains;
using ::testing::Ge;
using ::testing::IsEmpty;
using ::testing::Key;
using ::testing::Pair;

class Hl7FeedTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (fs::temp_directory_path() / "lakeflow_feed_XXXXXX").string();
    folder_ = ::mkdtemp(pattern.data());
  }
  void TearDown() override { fs::remove_all(folder_); }

  std::vector<std::string> texts(const std::string& folder) const {
    std::vector<fs::path> files;
    std::ranges::transform(fs::directory_iterator(folder_ / folder), std::back_inserter(files), [](const auto& entry) { return entry.path(); });
    std::ranges::sort(files);
    std::vector<std::string> texts;
    for (const fs::path& file : files) {
      std::ifstream stream(file, std::ios::binary);
      texts.emplace_back(std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>());
    }
    return texts;
  }

  fs::path folder_;
};

struct Found {
  std::map<std::string, std::uint64_t> messages;
  std::map<std::string, std::uint64_t> segments;
  std::map<std::string, std::uint64_t> broken;
};

Found read(const std::vector<std::string>& texts) {
  Found found;
  hl7v2::Tokenizer tokenizer;
  hl7v2::MessageTokens tokens;
  for (const std::string& text : texts) {
    std::vector<hl7v2::Piece> pieces;
    hl7v2::MessageSplitter().split(text, /*at_end=*/true, pieces);
    for (const hl7v2::Piece& piece : pieces) {
      if (piece.kind == hl7v2::PieceKind::kBroken) {
        ++found.broken[std::string(piece.reason)];
      }
      if (piece.kind != hl7v2::PieceKind::kMessage || !tokenizer.tokenize(piece.bytes, tokens)) {
        continue;
      }
      ++found.messages[std::string(hl7v2::field(tokens, tokens.segments.front(), 9).component(1).raw())];
      for (const hl7v2::SegmentTokens& segment : tokens.segments) {
        const std::string_view name = tokens.text.substr(segment.begin, 3);
        if (hl7v2::is_segment_name(name)) {
          ++found.segments[std::string(name)];
        }
      }
    }
  }
  return found;
}

TEST_F(Hl7FeedTest, HoldsWhatItSays) {
  const auto feed = write_hl7_feed({.folder = (folder_ / "feed").string(), .messages = 1500, .seed = 3, .messages_per_file = 40});
  ASSERT_TRUE(feed.has_value());
  EXPECT_EQ(feed->files, 38);
  const Found found = read(texts("feed"));
  EXPECT_THAT(found.broken, IsEmpty());
  EXPECT_EQ(found.messages, feed->messages);
  EXPECT_EQ(found.segments, feed->segments);
  for (const char* type : {"ADT", "ORM", "ORU", "SIU", "VXU"}) {
    EXPECT_THAT(feed->messages, Contains(Pair(type, Ge(50)))) << type;
  }
  for (const char* segment : {"MRG", "NTE", "IN2", "ZPI", "RXA", "AIP", "SPM", "AL1", "PD1"}) {
    EXPECT_THAT(feed->segments, Contains(Key(segment)));
  }
}

TEST_F(Hl7FeedTest, SaysWhichMessagesCanNotBeRead) {
  const auto feed = write_hl7_feed({.folder = (folder_ / "feed").string(), .messages = 4000, .seed = 5, .fault_percent = 10});
  ASSERT_TRUE(feed.has_value());
  EXPECT_EQ(feed->faults.size(), 8);
  const Found found = read(texts("feed"));
  EXPECT_EQ(found.messages, feed->messages);
  EXPECT_EQ(found.segments, feed->segments);
  std::uint64_t broken = 0;
  for (const auto& [reason, count] : found.broken) {
    broken += count;
  }
  EXPECT_EQ(broken, feed->unreadable) << ::testing::PrintToString(found.broken) << ::testing::PrintToString(feed->faults);
}

TEST_F(Hl7FeedTest, IsTheSameForTheSameSeed) {
  const auto write = [&](const char* name, std::uint64_t seed) {
    const auto feed = write_hl7_feed({.folder = (folder_ / name).string(), .messages = 300, .seed = seed, .fault_percent = 3});
    EXPECT_TRUE(feed.has_value());
    return texts(name);
  };
  const auto first = write("first", 9);
  EXPECT_EQ(first, write("again", 9));
  EXPECT_NE(first, write("other", 10));
}

TEST_F(Hl7FeedTest, NeverWritesOverAFile) {
  const Hl7FeedOptions options{.folder = (folder_ / "feed").string(), .messages = 10};
  ASSERT_TRUE(write_hl7_feed(options).has_value());
  const auto again = write_hl7_feed(options);
  ASSERT_FALSE(again.has_value());
  EXPECT_EQ(again.error().kind(), ErrorKind::kUser);
}

}  // namespace
}  // namespace lakeflow
