// UTF-8 and JSON strings.

#include <string>

#include <gtest/gtest.h>

#include "base/json_text.h"
#include "base/utf8.h"

namespace lakeflow {
namespace {

std::string first(std::string_view text) {
  const CodePoint code_point = first_code_point(text);
  return code_point.valid ? std::to_string(static_cast<unsigned>(code_point.value)) + " in " + std::to_string(code_point.bytes) : "none";
}

TEST(Utf8, ReadsCodePointsOfEachLength) {
  EXPECT_EQ(first("A"), "65 in 1");
  EXPECT_EQ(first("\xC3\xA9t\xC3\xA9"), "233 in 2");
  EXPECT_EQ(first("\xE2\x82\xAC"), "8364 in 3");
  EXPECT_EQ(first("\xF0\x9F\x98\x80"), "128512 in 4");
  EXPECT_EQ(first("\xF4\x8F\xBF\xBF"), "1114111 in 4");
  EXPECT_EQ(first(std::string_view("\0", 1)), "0 in 1");
}

TEST(Utf8, TakesNothingElse) {
  EXPECT_EQ(first("\x80"), "none") << "a continuation first";
  EXPECT_EQ(first("\xC0\x80"), "none") << "overlong";
  EXPECT_EQ(first("\xE0\x9F\xBF"), "none") << "overlong";
  EXPECT_EQ(first("\xF0\x8F\xBF\xBF"), "none") << "overlong";
  EXPECT_EQ(first("\xED\xA0\x80"), "none") << "half of a surrogate pair";
  EXPECT_EQ(first("\xF4\x90\x80\x80"), "none") << "beyond U+10FFFF";
  EXPECT_EQ(first("\xE2\x82"), "none") << "cut off";
  EXPECT_EQ(first("\xE2\x82x"), "none") << "broken off";
}

std::string as_json(std::string_view text) {
  std::string out;
  append_json_string(out, text);
  return out;
}

TEST(JsonText, EscapesWhatJsonWantsEscaped) {
  EXPECT_EQ(as_json(R"(say "no" \ maybe)"), R"("say \"no\" \\ maybe")");
  EXPECT_EQ(as_json("a\tb\r\nc\x01"), R"("a\tb\r\nc\u0001")");
  EXPECT_EQ(as_json("Zo\xC3\xAB"), "\"Zo\xC3\xAB\"");
}

TEST(JsonText, PutsTheReplacementCharacterWhereNoUtf8Is) { EXPECT_EQ(as_json("Zo\xEB!"), "\"Zo\xEF\xBF\xBD!\""); }

}  // namespace
}  // namespace lakeflow
