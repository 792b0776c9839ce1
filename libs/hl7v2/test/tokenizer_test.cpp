#include "libs/hl7v2/tokenizer.h"

#include <algorithm>

#include <gtest/gtest.h>
#include <hwy/targets.h>

#include "libs/hl7v2/message.h"

namespace lakeflow::hl7v2 {
namespace {

class TokenizerTest : public testing::Test {
 protected:
  const SegmentTokens& tokenize(std::string message, std::string_view segment) {
    message_ = std::move(message);
    EXPECT_TRUE(Tokenizer().tokenize(message_, tokens_));
    const SegmentTokens* found = find_segment(tokens_, segment_name(segment));
    EXPECT_NE(found, nullptr);
    return *found;
  }
  std::string message_;
  MessageTokens tokens_;
};

TEST_F(TokenizerTest, NumbersTheFieldsOfAHeaderFromItsSeparator) {
  const SegmentTokens& header = tokenize("MSH|^~\\&|APP^1.2&3|FAC|||2024||ADT^A01|7|P|2.5\r", "MSH");
  EXPECT_EQ(field_count(tokens_, header), 12U);
  EXPECT_TRUE(field(tokens_, header, 1).empty());
  EXPECT_EQ(field(tokens_, header, 2).raw(), "^~\\&");
  EXPECT_EQ(field(tokens_, header, 3).raw(), "APP^1.2&3");
  EXPECT_EQ(field(tokens_, header, 3).component(2).subcomponent(2).raw(), "3");
  EXPECT_EQ(field(tokens_, header, 9).component(2).raw(), "A01");
  EXPECT_EQ(field(tokens_, header, 12).raw(), "2.5");
  EXPECT_TRUE(field(tokens_, header, 13).empty());
}

TEST_F(TokenizerTest, DividesRepetitionsBeforeComponents) {
  const SegmentTokens& pid = tokenize("MSH|^~\\&|\rPID|1||A1~A2^^^HOSP~~A4|x\r", "PID");
  const Part identifiers = field(tokens_, pid, 3);
  EXPECT_EQ(identifiers.repetition_count(), 4U);
  EXPECT_EQ(identifiers.component(1).raw(), "A1");
  EXPECT_EQ(identifiers.repetition(2).component(4).raw(), "HOSP");
  EXPECT_TRUE(identifiers.repetition(3).empty());
  EXPECT_EQ(identifiers.repetition(4).component(1).raw(), "A4");
  EXPECT_TRUE(identifiers.repetition(5).empty());
  EXPECT_TRUE(identifiers.component(4).empty()) << "of the first repetition";
  EXPECT_EQ(field(tokens_, pid, 2).repetition_count(), 1U);
}

TEST_F(TokenizerTest, KeepsPositionsOfEmptySegmentsAndLineFeeds) {
  const SegmentTokens& pid = tokenize("MSH|^~\\&|\r\n\r\nPID|1\r\n\nPV1|2\r\n", "PID");
  EXPECT_EQ(tokens_.segments.size(), 3U);
  EXPECT_EQ(pid.begin, 13U);
  EXPECT_EQ(field(tokens_, pid, 1).raw(), "1");
  EXPECT_EQ(field(tokens_, tokens_.segments[2], 1).raw(), "2");
}

TEST_F(TokenizerTest, TakesLineFeedsForTerminatorsWhereThereIsNoCarriageReturn) {
  const SegmentTokens& pid = tokenize("MSH|^~\\&|\nPID|1\nPV1|2", "PID");
  EXPECT_EQ(field(tokens_, pid, 1).raw(), "1");
  EXPECT_EQ(tokens_.segments.size(), 3U);
}

TEST_F(TokenizerTest, NotesWhichSegmentsHoldEscapes) {
  const SegmentTokens& note = tokenize("MSH|^~\\&|\rPID|1\rNTE|1||a\\T\\b\rNTE|2||c\r", "NTE");
  EXPECT_TRUE(note.has_escape);
  EXPECT_FALSE(tokens_.segments[0].has_escape) << "MSH-2 is no escape";
  EXPECT_FALSE(tokens_.segments[1].has_escape);
  EXPECT_FALSE(tokens_.segments[3].has_escape);
}

TEST_F(TokenizerTest, ReadsAValueLongerThanItsWindow) {
  const std::string value(4'000'000, 'x');
  const SegmentTokens& observation = tokenize("MSH|^~\\&|\rOBX|1|ED|||^^^Base64^" + value + "|||\rOBX|2", "OBX");
  EXPECT_EQ(field(tokens_, observation, 5).component(5).raw(), value);
  EXPECT_EQ(field(tokens_, tokens_.segments[2], 1).raw(), "2");
}

TEST_F(TokenizerTest, ReadsManyValuesAndManyMessages) {
  Tokenizer tokenizer;
  for (const char separator : {'|', '#', '|'}) {
    std::string message = std::string("MSH") + separator + "^~\\&" + separator + "\rZZZ";
    for (int i = 1; i <= 20'000; ++i) {
      message += separator + std::to_string(i);
    }
    ASSERT_TRUE(tokenizer.tokenize(message, tokens_));
    EXPECT_EQ(field_count(tokens_, tokens_.segments[1]), 20'000U);
    EXPECT_EQ(field(tokens_, tokens_.segments[1], 19'999).raw(), "19999");
  }
}

// What the processor lacks cannot be tried; what it has beside its best instructions is.
class TokenizerOnEachProcessor : public testing::Test {
 protected:
  ~TokenizerOnEachProcessor() override { choose(0); }
  static void choose(std::int64_t targets) {
    hwy::SetSupportedTargetsForTest(targets);
    hwy::GetChosenTarget().Update(hwy::SupportedTargets());
  }
};

TEST_F(TokenizerOnEachProcessor, FindsTheSameAsALoop) {
  constexpr std::string_view kHeader = "MSH|^~\\&|";
  constexpr std::string_view kAlphabet = "||||^^^~&\\\r\r\nABCMX123\xC3\xA9\x1b ";
  std::uint64_t state = 1;
  for (int round = 0; round < 300; ++round) {
    std::string message(kHeader);
    for (int i = round * 3; i > 0; --i) {
      state = state * 6364136223846793005U + 1442695040888963407U;
      message += (state >> 60U) < 9 ? 'x' : kAlphabet[(state >> 33U) % kAlphabet.size()];
    }
    message += "\rEND|1\r";
    // One by one: behind the header's own values, each delimiter ends one.
    const MarkTable table = mark_table(Delimiters(), '\r');
    std::vector<std::uint32_t> ends = {3};
    std::vector<std::uint8_t> shapes = {static_cast<std::uint8_t>(Mark::kField) | kHasBytes};
    for (std::size_t i = kHeader.size() - 1; i < message.size(); ++i) {
      const Mark mark = table[static_cast<std::uint8_t>(message[i])];
      if (mark == Mark::kNone || mark == Mark::kEscape) {
        continue;
      }
      const Mark before = table[static_cast<std::uint8_t>(message[i - 1])];
      const bool is_first = i == kHeader.size() - 1;
      const bool is_filled = is_first || before == Mark::kNone || before == Mark::kEscape;
      ends.push_back(static_cast<std::uint32_t>(i));
      shapes.push_back(static_cast<std::uint8_t>(static_cast<unsigned>(mark) | (is_filled ? kHasBytes : 0U)));
    }
    choose(0);
    for (std::int64_t left = hwy::SupportedTargets(); left != 0; left &= left - 1) {
      choose(left & -left);
      MessageTokens tokens;
      ASSERT_TRUE(Tokenizer().tokenize(message, tokens));
      const std::string name = hwy::TargetName(left & -left);
      EXPECT_TRUE(std::equal(ends.begin(), ends.end(), tokens.ends.begin())) << name << ": " << message;
      EXPECT_TRUE(std::equal(shapes.begin(), shapes.end(), tokens.shapes.begin())) << name << ": " << message;
      EXPECT_EQ(tokens.is_ascii, !message.contains('\xC3') && !message.contains('\xA9')) << name;
      EXPECT_EQ(tokens.switches_sets, message.contains('\x1b') || message.contains("\\C") || message.contains("\\M")) << name << ": " << message;
      EXPECT_EQ(tokens.escapes_bytes, message.contains("\\X")) << name << ": " << message;
      EXPECT_EQ(tokens.segments.back().name, segment_name("END")) << name;
      EXPECT_EQ(tokens.segments.back().end_value, ends.size()) << name;
    }
  }
}

TEST(Delimiters, AreWhatTheHeaderNames) {
  EXPECT_EQ(parse_delimiters("MSH|^~\\&|"), (Delimiters{'|', '^', '~', '\\', '&', kNoDelimiter}));
  EXPECT_EQ(parse_delimiters("MSH#!*%$@#"), (Delimiters{'#', '!', '*', '%', '$', '@'}));
  EXPECT_EQ(parse_delimiters("BHS|^~|"), (Delimiters{'|', '^', '~', kNoDelimiter, kNoDelimiter, kNoDelimiter}));
  EXPECT_EQ(parse_delimiters("MSH|^~\\\r"), (Delimiters{'|', '^', '~', '\\', kNoDelimiter, kNoDelimiter}));
  for (const char* header : {"", "MSH", "MSH|", "MSH||", "MSH|\r", "MSH|^^\\&|", "MSH|^~\\&#!|", "MSH A", "MSHX^~\\&X", "MSH|ab|", "MSH\r^~\\&"}) {
    EXPECT_FALSE(parse_delimiters(header)) << header;
  }
}

}  // namespace
}  // namespace lakeflow::hl7v2
