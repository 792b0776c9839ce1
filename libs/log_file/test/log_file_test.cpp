// Log lines in a file.

#include "libs/log_file/log_file.h"

#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>
#include <vector>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/stat.h>

namespace lakeflow {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::MatchesRegex;
using testing::SizeIs;

class LogFileTest : public testing::Test {
 protected:
  LogFileTest() {
    std::string folder = std::filesystem::temp_directory_path() / "lakeflow_log_XXXXXX";
    folder_ = ::mkdtemp(folder.data());
    path_ = folder_ / "clinic.log";
  }
  ~LogFileTest() override { std::filesystem::remove_all(folder_); }

  std::unique_ptr<LogFile> open(LogFormat format, LogLevel level = LogLevel::kInfo) const {
    Result<std::unique_ptr<LogFile>> log = LogFile::open({.path = path_, .format = format, .level = level});
    EXPECT_TRUE(log.has_value());
    return *std::move(log);
  }
  static std::vector<std::string> lines(const std::filesystem::path& path) {
    std::ifstream file(path);
    std::vector<std::string> lines;
    for (std::string line; std::getline(file, line);) {
      lines.push_back(line);
    }
    return lines;
  }

  std::filesystem::path folder_;
  std::filesystem::path path_;
};

TEST_F(LogFileTest, ALineOfJsonHoldsTimeLevelMessageAndFields) {
  open(LogFormat::kJson)->log(LogLevel::kWarning, "a \"message\"", {{"run_id", "r1"}, {"table", "line\nbreak"}});
  ASSERT_THAT(lines(path_), SizeIs(1));
  EXPECT_THAT(lines(path_)[0],
              MatchesRegex(R"(\{"time":"[0-9T:.-]*Z","level":"warning","message":"a \\"message\\"","run_id":"r1","table":"line\\nbreak"\})"));
}

TEST_F(LogFileTest, ALineOfTextIsOneLine) {
  open(LogFormat::kText)->log(LogLevel::kError, "two\nlines", {{"run_id", "r1"}, {"because", "a b\nc"}, {"empty", ""}});
  ASSERT_THAT(lines(path_), SizeIs(1));
  EXPECT_THAT(lines(path_)[0], EndsWith(R"(Z error two lines run_id=r1 because="a b\nc" empty="")"));
}

TEST_F(LogFileTest, LowerLevelsAreLeftOut) {
  const auto log = open(LogFormat::kText, LogLevel::kWarning);
  log->log(LogLevel::kDebug, "debug");
  log->log(LogLevel::kInfo, "info");
  log->log(LogLevel::kWarning, "warning");
  log->log(LogLevel::kError, "error");
  EXPECT_THAT(lines(path_), SizeIs(2));
}

TEST_F(LogFileTest, OnlyItsOwnerMayReadIt) {
  std::ofstream(path_) << "an older line\n";
  std::filesystem::permissions(path_, std::filesystem::perms(0644));
  open(LogFormat::kText)->log(LogLevel::kInfo, "new");
  struct stat status = {};
  ASSERT_EQ(::stat(path_.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0600U);
  EXPECT_EQ(lines(path_)[0], "an older line");
}

TEST_F(LogFileTest, ARenamedFileIsBegunAnew) {
  const auto log = open(LogFormat::kText);
  log->log(LogLevel::kInfo, "first");
  std::filesystem::rename(path_, folder_ / "clinic.log.1");
  log->log(LogLevel::kInfo, "second");  // within the second
  log->reopen();
  log->log(LogLevel::kInfo, "third");
  EXPECT_THAT(lines(folder_ / "clinic.log.1"), SizeIs(2));
  ASSERT_THAT(lines(path_), SizeIs(1));
  std::filesystem::remove(path_);
  std::this_thread::sleep_for(std::chrono::milliseconds(1100));
  log->log(LogLevel::kInfo, "fourth");
  ASSERT_THAT(lines(path_), SizeIs(1));
  EXPECT_THAT(lines(path_)[0], EndsWith("fourth"));
}

TEST_F(LogFileTest, AnEmptiedFileGrowsFromItsBeginning) {
  const auto log = open(LogFormat::kText);
  log->log(LogLevel::kInfo, "first");
  std::filesystem::resize_file(path_, 0);
  log->log(LogLevel::kInfo, "second");
  EXPECT_THAT(lines(path_), SizeIs(1));
}

TEST_F(LogFileTest, LinesOfManyThreadsStayWhole) {
  const auto log = open(LogFormat::kJson);
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&log] {
      for (int j = 0; j < 200; ++j) {
        log->log(LogLevel::kInfo, std::string(300, 'x'));
      }
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  const std::vector<std::string> written = lines(path_);
  ASSERT_THAT(written, SizeIs(1600));
  for (const std::string& line : written) {
    ASSERT_THAT(line, EndsWith("\"}"));
    ASSERT_EQ(line.size(), written.front().size() - (written.front().find('Z') - line.find('Z')));
  }
}

TEST_F(LogFileTest, WhatIsNoFileIsRefused) {
  for (const std::string& path : {folder_.string(), (folder_ / "nowhere" / "clinic.log").string(), std::string("/dev/null")}) {
    const auto log = LogFile::open({.path = path});
    ASSERT_FALSE(log.has_value()) << path;
    EXPECT_EQ(log.error().kind(), ErrorKind::kUser);
    EXPECT_THAT(log.error().message(), HasSubstr(path));
  }
}

}  // namespace
}  // namespace lakeflow
