// Files that are read when they arrive.

#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <memory>
#include <mutex>

#include <gtest/gtest.h>

#include "sources/healthcare/hl7v2/hl7v2_tables.h"
#include "sources/healthcare/test/hl7v2_file_reading.h"

namespace lakeflow {
namespace {

namespace fs = std::filesystem;

// Who watches is told which tables to read, and a reader then looks at what changed.
class Hl7FilesWatched : public testing::Test {
 protected:
  explicit Hl7FilesWatched(Options options = {}) : source_(std::move(options)) {}

  void watch() {
    const std::vector<TableRequest> requests = {{"pid", {}}, {"obx", {}}};
    watch_ = source_.tables().watch_changes(
        requests,
        [this](const std::vector<std::string>& tables) {
          EXPECT_EQ(tables, (std::vector<std::string>{"pid", "obx"}));
          const std::lock_guard lock(mutex_);
          is_told_ = true;
          told_.notify_all();
        },
        silent_logger());
    ASSERT_NE(watch_, nullptr);
  }
  // Reads once there is something to be read, or after a long time.
  std::string read_when_told() {
    std::unique_lock lock(mutex_);
    EXPECT_TRUE(told_.wait_for(lock, std::chrono::seconds(60), [this] { return is_told_; }));
    is_told_ = false;
    lock.unlock();
    return ids(source_.read());
  }

  Hl7TestSource source_;
  std::mutex mutex_;
  std::condition_variable told_;
  bool is_told_ = false;
  std::unique_ptr<ChangeWatch> watch_;
};

TEST_F(Hl7FilesWatched, AreReadWhenTheyArrive) {
  source_.folder().write("a.hl7", messages(1, 2));
  EXPECT_EQ(ids(source_.read()), "1 2") << "nobody watches yet";
  watch();
  EXPECT_EQ(ids(source_.read()), "");
  source_.folder().write("part", message(3));
  rename(source_.folder(), "part", "b.hl7");
  EXPECT_EQ(read_when_told(), "3");
  rename(source_.folder(), "a.hl7", "c.hl7");
  EXPECT_EQ(read_when_told(), "") << "it is the same file";
  EXPECT_TRUE(source_.state().contains("file/c.hl7"));
  EXPECT_FALSE(source_.state().contains("file/a.hl7"));
  // The link is another file, though the name that has the inode did not change.
  fs::create_hard_link(source_.folder().path() / "b.hl7", source_.folder().path() / "linked.hl7");
  EXPECT_EQ(read_when_told(), "3");
  fs::remove(source_.folder().path() / "b.hl7");
  source_.folder().write("part", message(4));
  rename(source_.folder(), "part", "d.hl7");
  EXPECT_EQ(read_when_told(), "4");
  EXPECT_TRUE(source_.state().at("file/b.hl7").contains("missing_since"));
  // What a watch was not told of counts, too, when the next one begins.
  watch_.reset();
  source_.folder().write("e.hl7", message(5));
  watch();
  EXPECT_EQ(ids(source_.read()), "5");
}

TEST_F(Hl7FilesWatched, AreNotLostByAReadThatFails) {
  watch();
  source_.folder().write("part", messages(1, 2));
  rename(source_.folder(), "part", "a.hl7");
  // As if killed before anything was committed, and with a commit that did not come to pass.
  EXPECT_EQ(source_.read(1U << 20U, 0).end, "killed");
  EXPECT_EQ(ids(source_.read_and_lose()), "1 2");
  EXPECT_EQ(ids(source_.read()), "1 2");
  EXPECT_EQ(ids(source_.read()), "");
}

class Hl7FilesWatchedAndQuiet : public Hl7FilesWatched {
 protected:
  Hl7FilesWatchedAndQuiet() : Hl7FilesWatched({{"file_quiet_seconds", "4"}, {"batch_size", "1"}}) {}
};

TEST_F(Hl7FilesWatchedAndQuiet, AreReadOnceTheyWereLeftAlone) {
  // Written just before the watch began, and before others that a limit leaves to later reads.
  source_.folder().write("a.hl7", message(1));
  source_.folder().write("b.hl7", message(2));
  source_.folder().write("c.hl7", message(3));
  set_time(source_.folder(), "b.hl7", std::chrono::hours(1));
  set_time(source_.folder(), "c.hl7", std::chrono::hours(1));
  watch();
  set_time(source_.folder(), "a.hl7", std::chrono::seconds(0));
  EXPECT_EQ(ids(source_.read()), "2");
  EXPECT_EQ(ids(source_.read()), "3");
  EXPECT_EQ(read_when_told(), "1");
}

}  // namespace
}  // namespace lakeflow
