#include "libs/hl7v2/message_splitter.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace lakeflow::hl7v2 {
namespace {

constexpr std::string_view kHeader = "MSH|^~\\&|A||||2024||ADT^A01|1|P|2.5\r";

std::vector<Piece> split(MessageSplitter& splitter, std::string_view data, bool at_end) {
  std::vector<Piece> pieces;
  splitter.split(data, at_end, pieces);
  return pieces;
}

TEST(MessageSplitter, LeavesAMessageThatMayGoOn) {
  MessageSplitter splitter;
  const std::string first(kHeader);
  EXPECT_TRUE(split(splitter, first, false).empty());
  EXPECT_EQ(splitter.state().position, 0U);
  const std::string both = first + "PID|1\r" + std::string(kHeader);
  const auto pieces = split(splitter, both, false);
  ASSERT_EQ(pieces.size(), 1U);
  EXPECT_EQ(pieces[0].bytes, first + "PID|1");
  EXPECT_EQ(splitter.state().position, first.size() + 6) << "where the message that may go on begins";
}

TEST(MessageSplitter, GivesAFramedMessageBeforeTheStreamEnds) {
  MessageSplitter splitter;
  const std::string framed = "\x0b" + std::string(kHeader) + "\x1c\r";
  ASSERT_EQ(split(splitter, framed, false).size(), 1U);
  EXPECT_EQ(splitter.state().position, framed.size());
}

TEST(MessageSplitter, SaysThatTextIsOfWideUnits) {
  for (const std::size_t width : {std::size_t{2}, std::size_t{4}}) {
    for (const bool big_end_first : {false, true}) {
      for (const bool has_mark : {false, true}) {
        std::string text = has_mark ? std::string(big_end_first ? "\xFE\xFF" : "\xFF\xFE") : std::string();
        if (has_mark) {
          text.insert(big_end_first ? 0 : 2, width - 2, '\0');
        }
        for (const char c : std::string(kHeader) + "PID|1\r") {
          std::string unit(width, '\0');
          unit[big_end_first ? width - 1 : 0] = c;
          text += unit;
        }
        MessageSplitter splitter;
        const auto pieces = split(splitter, text, true);
        ASSERT_EQ(pieces.size(), 1U);
        EXPECT_EQ(pieces[0].reason, "unicode_of_wide_units");
        EXPECT_TRUE(pieces[0].detail.contains(fmt::format("UTF-{}", width * 8))) << pieces[0].detail;
      }
    }
  }
}

TEST(MessageSplitter, GoesOnFromAnyStateThatItWasIn) {
  const std::string messages = "FHS|^~\\&|\rBHS|^~\\&|\r" + std::string(kHeader) + std::string(kHeader) + "BTS|2\rFTS|1\r";
  MessageSplitter first;
  const auto before = split(first, std::string_view(messages).substr(0, 80), false);
  MessageSplitter second(first.state());
  const auto after = split(second, std::string_view(messages).substr(first.state().position), true);
  ASSERT_EQ(before.size() + after.size(), 6U);
  for (const Piece& piece : after) {
    EXPECT_NE(piece.kind, PieceKind::kBroken) << piece.detail;
    EXPECT_EQ(messages.substr(piece.position, piece.bytes.size()), piece.bytes);
  }
}

TEST(MessageSplitter, SaysHowATrailerDisagrees) {
  const std::string messages = "BHS|^~\\&|\r" + std::string(kHeader) + "BTS|3\rFTS|9\r";
  MessageSplitter splitter;
  const auto pieces = split(splitter, messages, true);
  ASSERT_EQ(pieces.size(), 4U);
  EXPECT_EQ(pieces[2].reason, "count_mismatch");
  EXPECT_EQ(pieces[2].detail, "BTS-1 announces 3 messages, 1 were found");
  EXPECT_EQ(pieces[3].detail, "FTS-1 announces 9 batches, 1 were found");
}

TEST(MessageSplitter, NamesNoContentInItsDetails) {
  MessageSplitter splitter;
  for (const Piece& piece : split(splitter, "Jane Doe\rMSH|Jane|Doe\rMSH|^~\\&|Jane|Doe\rMSH|^~\\&|A||||2024||ADT^A01|1|P|2.5\rPI", true)) {
    EXPECT_EQ(piece.kind, PieceKind::kBroken);
    EXPECT_EQ(piece.detail.find("Jane"), std::string::npos);
  }
}

TEST(MessageSplitter, SplitsALongStreamOnce) {
  std::string messages;
  for (int i = 0; i < 10'000; ++i) {
    messages += fmt::format("MSH|^~\\&|A||||2024||ADT^A01|{}|P|2.5\rPID|1||{}\r", i, i);
  }
  MessageSplitter splitter;
  EXPECT_EQ(split(splitter, messages, true).size(), 10'000U);
  EXPECT_EQ(splitter.state().batch_messages, 10'000U);
}

}  // namespace
}  // namespace lakeflow::hl7v2
