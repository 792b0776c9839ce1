#include "libs/files/folder_watch.h"

#include <linux/magic.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>

#include <fmt/ranges.h>
#include <gtest/gtest.h>

#include "libs/files/test/temporary_folder.h"

namespace lakeflow {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

// Counts the calls, and lets a test wait for them.
class Calls {
 public:
  void note() {
    const std::unique_lock lock(mutex_);
    ++count_;
    changed_.notify_all();
  }
  // False where there were fewer for a long time.
  bool reach(int count) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, 60s, [&] { return count_ >= count; });
  }
  int count() {
    const std::lock_guard lock(mutex_);
    return count_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int count_ = 0;
};

class FolderWatchTest : public testing::Test {
 protected:
  void start(const FileQuery& wanted, std::chrono::duration<double> quiet = 0s) {
    auto started = FolderWatch::start(folder_.path(), wanted, quiet, [this] { calls_.note(); });
    ASSERT_TRUE(started) << started.error().message();
    watch_ = *std::move(started);
    EXPECT_EQ(watch_->blind_spot(), "");
  }
  // What changed since, once these are among it.
  std::string changed(std::uint64_t since, const std::vector<std::string>& awaited) {
    std::optional<std::vector<std::string>> paths;
    for (int i = 0; i < 6000; ++i, std::this_thread::sleep_for(10ms)) {
      paths = watch_->changed_since(since);
      if (!paths || std::ranges::all_of(awaited, [&](const auto& path) { return std::ranges::find(*paths, path) != paths->end(); })) {
        break;
      }
    }
    return paths ? fmt::format("{}", fmt::join(*paths, " ")) : "unknown";
  }

  TemporaryFolder folder_;
  Calls calls_;
  // The watch's thread may ask for it until the watch has ended.
  std::atomic<bool> holds_ = false;
  std::unique_ptr<FolderWatch> watch_;
};

TEST_F(FolderWatchTest, TellsOfFilesThatAreWrittenMovedInAndLinked) {
  folder_.write("old.hl7", "x");
  start({"*.hl7", false});
  const std::uint64_t before = watch_->place();
  EXPECT_EQ(watch_->changed_since(before), std::vector<std::string>());
  folder_.write("a.hl7", "x");
  EXPECT_TRUE(calls_.reach(1));
  folder_.write("part.tmp", "x");
  fs::rename(folder_.path() / "part.tmp", folder_.path() / "b.hl7");
  EXPECT_TRUE(calls_.reach(2));
  fs::create_hard_link(folder_.path() / "a.hl7", folder_.path() / "c.hl7");
  EXPECT_TRUE(calls_.reach(3));
  EXPECT_EQ(changed(before, {"a.hl7", "b.hl7", "c.hl7"}), "a.hl7 b.hl7 c.hl7") << "others are not wanted";
  const std::uint64_t later = watch_->place();
  fs::rename(folder_.path() / "b.hl7", folder_.path() / "d.hl7");
  fs::remove(folder_.path() / "old.hl7");
  EXPECT_EQ(changed(later, {"b.hl7", "d.hl7", "old.hl7"}), "b.hl7 d.hl7 old.hl7");
}

TEST_F(FolderWatchTest, SaysNothingWhileAFileMayStillBeWritten) {
  start({"*.hl7", false}, 300ms);
  std::ofstream file(folder_.path() / "a.hl7");
  file << "x" << std::flush;
  const std::uint64_t before = watch_->place();
  file << "y" << std::flush;
  EXPECT_EQ(changed(before, {"a.hl7"}), "a.hl7") << "seen, but";
  std::this_thread::sleep_for(600ms);
  EXPECT_EQ(calls_.count(), 0) << "not closed";
  file.close();
  EXPECT_TRUE(calls_.reach(1)) << "it was left alone for longer than that already";
  const auto written_at = FolderWatch::Clock::now();
  folder_.write("quick.hl7", "x");
  EXPECT_TRUE(calls_.reach(2));
  EXPECT_GE(FolderWatch::Clock::now() - written_at, 300ms);
  // One that lay elsewhere for long need not wait.
  folder_.write("away", "x");
  fs::last_write_time(folder_.path() / "away", fs::file_time_type::clock::now() - 1h);
  watch_.reset();
  start({"*.hl7", false}, std::chrono::hours(1));
  fs::rename(folder_.path() / "away", folder_.path() / "b.hl7");
  EXPECT_TRUE(calls_.reach(3));
  const std::uint64_t later = watch_->place();
  folder_.write("new", "x");
  fs::rename(folder_.path() / "new", folder_.path() / "new.hl7");
  EXPECT_EQ(changed(later, {"new.hl7"}), "new.hl7");
  watch_->expect_quiet("new.hl7", 10ms);
  EXPECT_TRUE(calls_.reach(4)) << "asked for by hand";
}

TEST_F(FolderWatchTest, FollowsTheFoldersBelow) {
  folder_.write("in/old.hl7", "x");
  start({"*.hl7", true});
  const std::uint64_t before = watch_->place();
  folder_.write("in/a.hl7", "x");
  EXPECT_TRUE(calls_.reach(1));
  folder_.write("new/deep/b.hl7", "x");
  EXPECT_TRUE(calls_.reach(2));
  EXPECT_EQ(changed(before, {"in/a.hl7", "new/deep/b.hl7"}), "in/a.hl7 new/deep/b.hl7");

  fs::rename(folder_.path() / "new", folder_.path() / "moved");
  EXPECT_TRUE(calls_.reach(3));
  EXPECT_EQ(changed(before, {}), "unknown") << "what was in it is not told one by one";
  const std::uint64_t later = watch_->place();
  folder_.write("moved/deep/c.hl7", "x");
  EXPECT_EQ(changed(later, {"moved/deep/c.hl7"}), "moved/deep/c.hl7");

  watch_.reset();
  start({"*.hl7", false});
  const std::uint64_t flat = watch_->place();
  folder_.write("in/d.hl7", "x");
  folder_.write("e.hl7", "x");
  EXPECT_EQ(changed(flat, {"e.hl7"}), "e.hl7") << "not recursive";
}

TEST_F(FolderWatchTest, SaysWhenItMissedSomething) {
  holds_ = true;
  auto started = FolderWatch::start(folder_.path(), {"*", false}, 0s, [&] {
    calls_.note();
    while (holds_) {
      std::this_thread::sleep_for(1ms);
    }
  });
  ASSERT_TRUE(started);
  watch_ = *std::move(started);
  const std::uint64_t before = watch_->place();
  folder_.write("a", "x");
  ASSERT_TRUE(calls_.reach(1)) << "the thread is held, and the system's queue of events runs full";
  std::ifstream limit("/proc/sys/fs/inotify/max_queued_events");
  long events = 16'384;
  limit >> events;
  if (events > 200'000) {
    GTEST_SKIP() << "the queue holds " << events << " events";
  }
  for (long i = 0; i < events; ++i) {
    folder_.write(i % 2 == 0 ? "b" : "c", "x");
  }
  holds_ = false;
  EXPECT_TRUE(calls_.reach(2));
  for (int i = 0; i < 6000 && watch_->changed_since(before); ++i) {
    std::this_thread::sleep_for(10ms);
  }
  EXPECT_EQ(watch_->changed_since(before), std::nullopt);
  EXPECT_NE(watch_->changed_since(watch_->place()), std::nullopt) << "from now on it knows again";
}

TEST_F(FolderWatchTest, KnowsWhatItCannotSee) {
  EXPECT_TRUE(sees_all_changes(EXT4_SUPER_MAGIC));
  EXPECT_TRUE(sees_all_changes(TMPFS_MAGIC));
  EXPECT_FALSE(sees_all_changes(NFS_SUPER_MAGIC));
  EXPECT_FALSE(sees_all_changes(static_cast<int>(0xFF534D42))) << "CIFS, as a 32-bit word has it";
  EXPECT_FALSE(FolderWatch::start(folder_.path() / "missing", {}, 0s, [] {}));

  fs::create_directory(folder_.path() / "root");
  auto started = FolderWatch::start(folder_.path() / "root", {"*", false}, 0s, [] {});
  ASSERT_TRUE(started);
  fs::remove(folder_.path() / "root");
  for (int i = 0; i < 6000 && (*started)->blind_spot().empty(); ++i) {
    std::this_thread::sleep_for(10ms);
  }
  EXPECT_NE((*started)->blind_spot(), "");
  EXPECT_EQ((*started)->changed_since((*started)->place()), std::nullopt);
}

}  // namespace
}  // namespace lakeflow
