#include "libs/files/path_text.h"

#include <random>
#include <set>

#include <gtest/gtest.h>

namespace lakeflow {
namespace {

TEST(PathText, LeavesTextAsItIs) {
  for (const char* path :
       {"a.hl7", "2024/05/adt.hl7", "M\xC3\xBCller.hl7", "\xE2\x82\xAC \xF0\x9F\x8F\xA5", "50%.hl7", "a%20b.hl7", "%", "%%", "%4", ""}) {
    EXPECT_EQ(path_text(path), path);
    EXPECT_EQ(text_path(path), path);
  }
}

TEST(PathText, EscapesWhatIsNoText) {
  EXPECT_EQ(path_text("M\xFCller.hl7"), "M%FCller.hl7");
  EXPECT_EQ(path_text("M\xFCller 50%.hl7"), "M%FCller 50%25.hl7");
  EXPECT_EQ(path_text("\xC3\xBC\xFC"), "\xC3\xBC%FC") << "what is a character stays one";
  EXPECT_EQ(path_text("cut\xE2\x82"), "cut%E2%82");
  EXPECT_EQ(path_text("\xC0\x80\xED\xA0\x80\xF4\x90\x80\x80"), "%C0%80%ED%A0%80%F4%90%80%80") << "overlong, a surrogate, beyond Unicode";
}

TEST(PathText, IsNeverThatOfAnotherPath) {
  EXPECT_EQ(path_text("M%FCller.hl7"), "M%25FCller.hl7") << "a name that looks like an escaped one";
  EXPECT_EQ(path_text("M%25FCller.hl7"), "M%2525FCller.hl7");
  // All short names over the bytes that matter, and some long ones.
  constexpr std::string_view kBytes = "%F2Ca5\xFC\xC3\xBC/";
  std::mt19937 dice(1);
  std::set<std::string> paths;
  for (std::size_t length = 0, count = 1; length <= 4; ++length, count *= kBytes.size()) {
    for (std::size_t number = 0; number < count; ++number) {
      std::string path;
      for (std::size_t i = 0, rest = number; i < length; ++i, rest /= kBytes.size()) {
        path += kBytes[rest % kBytes.size()];
      }
      paths.insert(path);
    }
  }
  for (int i = 0; i < 20'000; ++i) {
    std::string path;
    for (std::size_t length = dice() % 14; length > 0; --length) {
      path += kBytes[dice() % kBytes.size()];
    }
    paths.insert(path);
  }
  std::set<std::string> texts;
  for (const std::string& path : paths) {
    const std::string text = path_text(path);
    EXPECT_EQ(text_path(text), path);
    EXPECT_TRUE(texts.insert(text).second) << text;
  }
}

}  // namespace
}  // namespace lakeflow
