#include "libs/hl7v2/escape_sequence.h"

#include <gtest/gtest.h>

#include "libs/hl7v2/character_set.h"

namespace lakeflow::hl7v2 {
namespace {

std::string unescaped(std::string_view value, std::string_view header = R"(MSH|^~\&|)", std::string_view set = "UTF-8") {
  auto character_set = CharacterSet::find(set);
  std::string text;
  unescape(value, *parse_delimiters(header), *character_set, text);
  return text;
}

TEST(EscapeSequence, GivesTheDelimiterOfItsRole) {
  EXPECT_EQ(unescaped(R"(O\T\Brien)"), "O&Brien");
  EXPECT_EQ(unescaped(R"(\F\\S\\R\\E\\T\)"), R"(|^~\&)");
  EXPECT_EQ(unescaped("a*F*b*T*c", "MSH#:~*!#"), "a#b!c");
  EXPECT_EQ(unescaped(R"(\P\)", R"(MSH|^~\&#|)"), "#");
}

TEST(EscapeSequence, IsReadOnceFromLeftToRight) {
  EXPECT_EQ(unescaped(R"(\E\F\E\)"), R"(\F\)");
  EXPECT_EQ(unescaped(R"(\E\T\E\T\T\)"), R"(\T\T&)");
}

TEST(EscapeSequence, GivesBytesInTheMessagesCharacterSet) {
  EXPECT_EQ(unescaped(R"(a\X0D0A\b)"), "a\r\nb");
  EXPECT_EQ(unescaped(R"(M\XFC\ller)", R"(MSH|^~\&|)", "8859/1"), "Müller");
  EXPECT_EQ(unescaped(R"(M\XC3BC\ller)"), "Müller");
  EXPECT_EQ(unescaped(R"(\X00\)"), std::string(1, '\0'));
}

TEST(EscapeSequence, FormatsText) {
  EXPECT_EQ(unescaped(R"(one\.br\two\.sp\three\.sp2\four\.sp+1\five\.sk3\six)"), "one\ntwo\nthree\n\nfour\nfive   six");
  EXPECT_EQ(unescaped(R"(\H\high\N\ low)"), "high low");
}

TEST(EscapeSequence, LeavesWhatItDoesNotKnowAsItWas) {
  for (const char* text : {R"(\)", R"(C:\temp)", R"(\Q\)", R"(\\)", R"(\X0\)", R"(\XZZ\)", R"(\X\)", R"(\.br)", R"(\.in\)", R"(\Z01\)", R"(\C2842\)",
                           R"(\.sp99999\)", R"(\f\)", ""}) {
    EXPECT_EQ(unescaped(text), text);
  }
  EXPECT_EQ(unescaped(R"(C:\temp\T\x)"), R"(C:\temp&x)") << "a lone one does not hide the next";
  EXPECT_EQ(unescaped(R"(\Z01\T\T\)"), R"(\Z01\T&)");
}

TEST(EscapeSequence, HasNoMeaningForARoleWithoutACharacter) {
  EXPECT_EQ(unescaped(R"(a\T\b\S\c)", R"(MSH|^~\|)"), R"(a\T\b^c)");
  EXPECT_EQ(unescaped(R"(a\S\b)", "MSH|^~|"), R"(a\S\b)");
}

}  // namespace
}  // namespace lakeflow::hl7v2
