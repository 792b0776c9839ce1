#include "libs/hl7v2/character_set.h"

#include <gtest/gtest.h>

namespace lakeflow::hl7v2 {
namespace {

// As UTF-8, undecodable bytes as \xHH; "unknown" where there is no such set.
std::string decoded(std::string_view set, std::string_view bytes) {
  auto character_set = CharacterSet::find(set);
  if (!character_set) {
    return "unknown";
  }
  std::string text;
  character_set->append_utf8(bytes, text);
  std::string shown;
  append_shown(text, shown);
  return shown;
}

TEST(CharacterSet, DecodesTheSetsOfTable0211) {
  EXPECT_EQ(decoded("8859/1", "M\xFCller|\xE9"), "Müller|é");
  EXPECT_EQ(decoded("8859/2", "\xA3\xF3\x64\xBC"), "Łódź");
  EXPECT_EQ(decoded("8859/5", "\xB8\xD2\xD0\xDD"), "Иван");
  EXPECT_EQ(decoded("8859/7", "\xC1\xE8\xDE\xED\xE1"), "Αθήνα");
  EXPECT_EQ(decoded("8859/8", "\xF9\xEC\xE5\xED"), "שלום");
  EXPECT_EQ(decoded("8859/9", "\xDEi\xFEli"), "Şişli");
  EXPECT_EQ(decoded("8859/15", "\xA4"), "€");
  EXPECT_EQ(decoded("UNICODE UTF-8", "Müller 山田"), "Müller 山田");
  EXPECT_EQ(decoded("ISO IR87", "\x1B$B;3ED\x1B(B"), "山田");
  EXPECT_EQ(decoded("GB 18030-2000", "\xCD\xF5"), "王");
  EXPECT_EQ(decoded("BIG-5", "\xA4\xFD"), "王");
  EXPECT_EQ(decoded("WINDOWS-1252", "\x80"), "€");
  EXPECT_EQ(decoded("Shift_JIS", "\x8F\x5C|\xB1"), "十|ｱ");
  EXPECT_EQ(decoded("ISO-8859-1", "\xFC"), "ü");
  EXPECT_EQ(decoded("iso 8859/1", "\xFC"), "ü");
  EXPECT_EQ(decoded("KS X 1001", "\xB1\xE8"), "김");
  EXPECT_EQ(decoded("CNS 11643-1992", "\xC4\xE3"), "中");
  EXPECT_EQ(decoded("ISO IR14", "\xD4\xCF\xC0|\\"), "ﾔﾏﾀ|\\");
}

TEST(CharacterSet, SwitchesWithinTheText) {
  EXPECT_EQ(decoded("ISO IR87", "a|\x1B$B!A\x1B(B|\x1B$B!]"), "a|〜|−") << "as JIS maps them, and bytes that look like delimiters";
  EXPECT_EQ(decoded("ISO IR87", "\x1B$B;3\x1B$(D0\"\x1B(J~"), "山丄~");
  EXPECT_EQ(decoded("ISO IR87", "\x1B$B;3 ;3\r;3"), "山 山\r;3") << "a segment ends what it did not switch back";
  EXPECT_EQ(decoded("ISO IR87", "\x1B(IT\x1B(B"), "ﾔ");
  EXPECT_EQ(decoded("ISO IR87", "\x1B)I\xD4"), "ﾔ");
  EXPECT_EQ(decoded("KS X 1001", "\xB1\xE8\x1B$B;3\x1B(B"), "김山");
  EXPECT_EQ(decoded("8859/1", "\xE9\x1B-F\xE1\n\xE1"), "éα\ná");
  EXPECT_EQ(decoded("UTF-8", "é\x1B$B;3\x1B(Bé"), "é山é");
  EXPECT_EQ(decoded("BIG-5", "\x1B$B;3"), "\x1B$B;3") << "nothing switches from a set that does not build on ISO 2022";

  std::string text;
  CharacterSet::find("ISO IR87")->append_utf8(R"(\M2442\;3\C2842\|\C28\|\CZZ\|\M2442)", text, '\\');
  EXPECT_EQ(text, R"(山|\C28\|\CZZ\|\M2442)") << "what names no set stays";
  text.clear();
  CharacterSet::find("BIG-5")->append_utf8(R"(\M2442\;3)", text, '\\');
  EXPECT_EQ(text, R"(\M2442\;3)");
}

TEST(CharacterSet, ReportsWhatItCanNotSwitchTo) {
  EXPECT_EQ(decoded("ISO IR87", "\x1B$(Z|"), "\\x1B$(Z|");
  EXPECT_EQ(decoded("ISO IR87", "\x1B$B);\x1B(B|"), "\\x29\\x3B|") << "no such character in JIS X 0208";
  EXPECT_EQ(decoded("ISO IR87", "\x1B$B;"), "\\x3B") << "cut in the middle of a character";
  EXPECT_EQ(decoded("ISO IR87", "\xE9"), "\\xE9");
  EXPECT_EQ(decoded("ISO IR87", "a\x1B"), "a\x1B");
  EXPECT_EQ(decoded("UTF-8", "\x1B(s0B"), "\x1B(s0B") << "a printer's command";
}

TEST(CharacterSet, KnowsNoSetWhoseDelimitersAreNoBytes) {
  EXPECT_EQ(decoded("UNICODE UTF-16", ""), "unknown");
  EXPECT_EQ(decoded("UTF-16", ""), "unknown");
  EXPECT_EQ(decoded("EBCDIC-US", ""), "unknown");
  EXPECT_EQ(decoded("Martian", ""), "unknown");
  EXPECT_EQ(decoded("", ""), "unknown");
}

TEST(CharacterSet, KeepsTrackOfBytesThatItCannotDecode) {
  EXPECT_EQ(decoded("ASCII", "M\xFCller"), "M\\xFCller");
  EXPECT_EQ(decoded("UTF-8", "a\xC3|b\xED\xA0\x80"), "a\\xC3|b\\xED\\xA0\\x80");
  EXPECT_EQ(decoded("8859/3", "\xA5x"), "\\xA5x");
  EXPECT_EQ(decoded("BIG-5", "a\xA4"), "a\\xA4");

  std::string text;
  CharacterSet::utf8().append_utf8("M\xFCller", text);
  EXPECT_TRUE(has_undecodable(text));
  EXPECT_FALSE(is_utf8(text));
  std::string replaced;
  append_replaced(text, replaced);
  EXPECT_EQ(replaced, "M\uFFFDller");
  EXPECT_FALSE(has_undecodable("퟿ Müller"));
}

TEST(CharacterSet, TellsAsciiAndUtf8Apart) {
  const std::string long_text(100, 'a');
  EXPECT_TRUE(is_ascii(""));
  EXPECT_TRUE(is_ascii(long_text));
  EXPECT_FALSE(is_ascii(long_text + "\xE9"));
  EXPECT_FALSE(is_ascii("\xE9" + long_text));
  EXPECT_TRUE(is_utf8("山田 \U0001F600"));
  EXPECT_FALSE(is_utf8("\xC0\x80"));
  EXPECT_FALSE(is_utf8("\xF4\x90\x80\x80"));
}

}  // namespace
}  // namespace lakeflow::hl7v2
