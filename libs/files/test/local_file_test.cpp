#include "libs/files/local_file.h"

#include <sys/stat.h>

#include <gtest/gtest.h>

#include "libs/files/test/temporary_folder.h"

namespace lakeflow {
namespace {

namespace fs = std::filesystem;

std::unique_ptr<FileReader> open(const TemporaryFolder& folder, const std::string& path) {
  auto opened = LocalFile::open(folder.path(), path);
  EXPECT_TRUE(opened && *opened);
  return *std::move(opened);
}

std::string fingerprint(const TemporaryFolder& folder, const std::string& path, std::uint64_t length) {
  return open(folder, path)->fingerprint(length).value_or("failed");
}

TEST(LocalFile, ReadsAnyPieceOfAFile) {
  const TemporaryFolder folder;
  folder.write("a", "0123456789");
  const auto reader = open(folder, "a");
  char buffer[4];
  EXPECT_EQ(reader->read(0, buffer), 4U);
  EXPECT_EQ(std::string_view(buffer, 4), "0123");
  EXPECT_EQ(reader->read(8, buffer), 2U);
  EXPECT_EQ(std::string_view(buffer, 2), "89");
  EXPECT_EQ(reader->read(20, buffer), 0U);
}

TEST(LocalFile, OpensNothingThatIsNotThere) {
  const TemporaryFolder outside;
  outside.write("secret", "x");
  const TemporaryFolder folder;
  folder.write("a", "x");
  fs::create_symlink(outside.path() / "secret", folder.path() / "link");
  for (const std::string& path : {std::string("missing"), std::string("link"), "../" + outside.path().filename().string() + "/secret"}) {
    const auto opened = LocalFile::open(folder.path(), path);
    ASSERT_TRUE(opened) << path;
    EXPECT_EQ(*opened, nullptr) << path;
  }
}

TEST(LocalFile, RefusesWhatIsNoFile) {
  const TemporaryFolder folder;
  ASSERT_EQ(mkfifo((folder.path() / "pipe").c_str(), 0600), 0);
  fs::create_directory(folder.path() / "folder");
  for (const char* path : {"pipe", "folder"}) {
    const auto opened = LocalFile::open(folder.path(), path);
    ASSERT_FALSE(opened) << path;
    EXPECT_EQ(opened.error().kind(), ErrorKind::kUser);
  }
}

TEST(LocalFile, TellsAFileThatGrewFromOneThatWasWrittenAnew) {
  const TemporaryFolder folder;
  const std::string content(300'000, 'a');
  folder.write("a", content);
  const std::string before = fingerprint(folder, "a", content.size());
  const auto identity = open(folder, "a")->identity();
  ASSERT_TRUE(identity);
  ASSERT_NE(before, "failed");

  folder.append("a", "more");
  EXPECT_EQ(fingerprint(folder, "a", content.size()), before);
  EXPECT_NE(open(folder, "a")->identity().value(), *identity);

  std::string other = content;
  other.back() = 'b';
  folder.write("a", other);
  EXPECT_NE(fingerprint(folder, "a", content.size()), before);
  other = content;
  other.front() = 'b';
  folder.write("a", other);
  EXPECT_NE(fingerprint(folder, "a", content.size()), before);
  folder.write("a", content.substr(1));
  EXPECT_NE(fingerprint(folder, "a", content.size()), before);
  folder.write("a", "");
  EXPECT_NE(fingerprint(folder, "a", 0), "failed");
}

}  // namespace
}  // namespace lakeflow
