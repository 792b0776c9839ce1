#include "libs/files/local_folder.h"

#include <sys/stat.h>

#include <fmt/ranges.h>
#include <gtest/gtest.h>

#include "libs/files/test/temporary_folder.h"

namespace lakeflow {
namespace {

namespace fs = std::filesystem;

std::string found(const fs::path& root, const std::string& pattern, bool recursive) {
  const auto files = LocalFolder(root.string()).list({pattern, recursive}, {});
  if (!files) {
    return std::string(error_kind_name(files.error().kind()));
  }
  std::vector<std::string> paths;
  for (const FoundFile& file : *files) {
    paths.push_back(file.path);
  }
  return fmt::format("{}", fmt::join(paths, " "));
}

TEST(LocalFolder, FindsByPatternSortedByPath) {
  const TemporaryFolder folder;
  for (const char* name : {"b.hl7", "a.hl7", "a.txt", ".hidden.hl7", "in/c.hl7", "in/deep/d.hl7", "A.HL7"}) {
    folder.write(name, "x");
  }
  EXPECT_EQ(found(folder.path(), "*.hl7", false), "a.hl7 b.hl7");
  EXPECT_EQ(found(folder.path(), "*.hl7", true), "a.hl7 b.hl7 in/c.hl7 in/deep/d.hl7");
  EXPECT_EQ(found(folder.path(), "*", false), "A.HL7 a.hl7 a.txt b.hl7");
  EXPECT_EQ(found(folder.path(), "[bc].hl7", true), "b.hl7 in/c.hl7");
  EXPECT_EQ(found(folder.path(), "in/*.hl7", true), "in/c.hl7");
  EXPECT_EQ(found(folder.path(), ".hidden*", false), ".hidden.hl7");
}

TEST(LocalFolder, StaysInTheFolder) {
  const TemporaryFolder outside;
  outside.write("secret.hl7", "x");
  const TemporaryFolder folder;
  folder.write("real/a.hl7", "x");
  fs::create_symlink(outside.path() / "secret.hl7", folder.path() / "out.hl7");
  fs::create_directory_symlink(outside.path(), folder.path() / "outside");
  fs::create_symlink("nowhere", folder.path() / "dangling.hl7");
  fs::create_symlink("real/a.hl7", folder.path() / "alias.hl7");
  fs::create_directory_symlink("..", folder.path() / "real" / "loop");
  EXPECT_EQ(found(folder.path(), "*.hl7", true), "real/a.hl7") << "links inside lead to what is there, once";
  EXPECT_EQ(found(folder.path(), "*.hl7", false), "real/a.hl7");

  const fs::path link = outside.path() / "link";
  fs::create_directory_symlink(folder.path(), link);
  EXPECT_EQ(found(link, "*.hl7", true), "real/a.hl7") << "the root itself may be a link";

  const fs::path sibling = folder.path() / "real2";
  fs::create_directory(sibling);
  folder.write("real2/b.hl7", "x");
  fs::create_symlink("../real2/b.hl7", folder.path() / "real" / "b.hl7");
  EXPECT_EQ(found(folder.path() / "real", "*.hl7", true), "a.hl7") << "a folder whose name begins alike is outside";
}

TEST(LocalFolder, TakesRegularFilesOnly) {
  const TemporaryFolder folder;
  fs::create_directory(folder.path() / "folder.hl7");
  ASSERT_EQ(mkfifo((folder.path() / "pipe.hl7").c_str(), 0600), 0);
  EXPECT_EQ(found(folder.path(), "*.hl7", false), "");
}

TEST(LocalFolder, SaysThatTheRootIsNoFolder) {
  const TemporaryFolder folder;
  folder.write("file", "x");
  EXPECT_EQ(found(folder.path() / "missing", "*", false), "user");
  EXPECT_EQ(found(folder.path() / "file", "*", false), "user");
}

TEST(LocalFolder, StopsWhenAsked) {
  const TemporaryFolder folder;
  folder.write("a", "x");
  std::stop_source stop;
  stop.request_stop();
  const auto files = LocalFolder(folder.path().string()).list({}, stop.get_token());
  ASSERT_FALSE(files);
  EXPECT_EQ(files.error().kind(), ErrorKind::kInterrupted);
}

}  // namespace
}  // namespace lakeflow
