// A person's records among the dead letters.
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
    path_ = folder_ / "clinic.dead_letters";
  }
  ~DeadLetterErasureTest() override { std::filesystem::remove_all(folder_); }

  static void write(const std::filesystem::path& file, std::string_view text) { std::ofstream(file, std::ios::binary) << text; }
  static std::string read(const std::filesystem::path& file) {
    std::ostringstream text;
    text << std::ifstream(file, std::ios::binary).rdbuf();
    return text.str();
  }

  std::filesystem::path folder_;
  std::filesystem::path path_;
  const std::vector<std::string> texts_ = {"p7", "Quill"};
};

TEST_F(DeadLetterErasureTest, TakesTheRecordsOutThatNameThePersonAndTheirLines) {
  std::filesystem::create_directories(path_ / "records");
  // A name elsewhere in the line is no match; a record that no line names any more is one.
  const std::string other = R"({"reason":"p7","file":"records/1.hl7"})"
                            "\n";
  const std::string taken = R"({"reason":"somebody took this file","file":"records/9.hl7"})"
                            "\n";
  write(path_ / "index.jsonl", R"({"file":"records/2.hl7"})"
                               "\n" +
                                   other + R"({"file":"records/3.json"})" + "\n" + taken);
  write(path_ / "records/1.hl7", "PID|1||p70\r");
  write(path_ / "records/2.hl7", "\xFFPID|1||p7\r");
  write(path_ / "records/3.json", R"({"family":"quill"})");
  write(path_ / "records/4.bin", "Quill");
  EXPECT_EQ(count_dead_letters(path_, texts_), 3U);
  ASSERT_TRUE(erase_dead_letters(path_, texts_));
  EXPECT_EQ(read(path_ / "index.jsonl"), other + taken);
  EXPECT_EQ(read(path_ / "records/1.hl7"), "PID|1||p70\r");
  struct stat status{};
  ASSERT_EQ(stat((path_ / "index.jsonl").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0600U);
  EXPECT_EQ(std::distance(std::filesystem::recursive_directory_iterator(path_), {}), 3) << "the index, and a folder with one record";
}

TEST_F(DeadLetterErasureTest, AFolderThatIsNotThereHasNone) {
  EXPECT_EQ(count_dead_letters(path_, texts_), 0U);
  EXPECT_TRUE(erase_dead_letters(path_, texts_));
  EXPECT_FALSE(std::filesystem::exists(path_));
}

}  // namespace
}  // namespace lakeflow
