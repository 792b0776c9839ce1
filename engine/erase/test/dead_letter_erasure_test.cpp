// A person's lines in a dead letter file.
#include "engine/erase/dead_letter_erasure.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <sstream>

namespace lakeflow {
namespace {

TEST(HoldsWord, StandsBetweenWhatIsNoLetterOrDigit) {
  EXPECT_TRUE(holds_word("PID|1||7^^^H", "7"));
  EXPECT_TRUE(holds_word("7", "7"));
  EXPECT_TRUE(holds_word("\rquill\xE4", "Quill"));
  EXPECT_TRUE(holds_word("17 7", "7"));
  EXPECT_FALSE(holds_word("PID|17||71", "7"));
  EXPECT_FALSE(holds_word("Quilliam", "Quill"));
  EXPECT_FALSE(holds_word("", "7"));
  EXPECT_FALSE(holds_word("anything", ""));
}

class DeadLetterErasureTest : public ::testing::Test {
 protected:
  DeadLetterErasureTest() {
    std::string name = (std::filesystem::temp_directory_path() / "lakeflow-erase-XXXXXX").string();
    folder_ = mkdtemp(name.data());
    path_ = folder_ / "clinic.dead_letters.ndjson";
  }
  ~DeadLetterErasureTest() override { std::filesystem::remove_all(folder_); }

  void write(std::string_view text) const { std::ofstream(path_, std::ios::binary) << text; }
  std::string read() const {
    std::ostringstream text;
    text << std::ifstream(path_, std::ios::binary).rdbuf();
    return text.str();
  }

  std::filesystem::path folder_;
  std::filesystem::path path_;
  const std::vector<std::string> texts_ = {"p7", "Quill"};
};

TEST_F(DeadLetterErasureTest, TakesTheLinesOutWhoseRecordNamesThePerson) {
  // The record as JSON text with escapes, and as base64 of "\xFFPID|1||p7\r" where it is no UTF-8; a name elsewhere in the line is no match.
  const std::string other = R"({"reason":"p7","origin":"a.hl7","bytes":"PID|1||p70\r"})"
                            "\n";
  write(R"({"reason":"x","bytes":"PID|1||p7\r"})"
        "\n" +
        other + R"({"reason":"x","bytes":"\u0051uill"})" + "\n" + R"({"reason":"x","bytes_base64":"/1BJRHwxfHxwNw0="})" + "\n");
  EXPECT_EQ(count_dead_letters(path_, texts_), 3U);
  ASSERT_TRUE(erase_dead_letters(path_, texts_));
  EXPECT_EQ(read(), other);
  struct stat status{};
  ASSERT_EQ(stat(path_.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0600U);
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder_), {}), 1);
}

TEST_F(DeadLetterErasureTest, AFileThatIsNotThereHasNone) {
  EXPECT_EQ(count_dead_letters(path_, texts_), 0U);
  EXPECT_TRUE(erase_dead_letters(path_, texts_));
  EXPECT_FALSE(std::filesystem::exists(path_));
}

}  // namespace
}  // namespace lakeflow
