#include "libs/files/files_ahead.h"

#include <chrono>
#include <condition_variable>
#include <map>
#include <mutex>
#include <set>
#include <utility>

#include <gtest/gtest.h>

namespace lakeflow {
namespace {

using namespace std::chrono_literals;

// As an object is read: what was fetched is kept, and who asks again for what it is learns once that it changed.
class TextFile final : public FileReader {
 public:
  TextFile(std::string text, bool changes) : text_(std::move(text)), changes_(changes) {}
  Result<FileIdentity> identity() override {
    return FileIdentity{.size = text_.size(), .modified_ns = changes_ && std::exchange(was_read_, false) ? 1 : 0};
  }
  Result<std::size_t> read(std::uint64_t position, std::span<char> buffer) override {
    was_read_ = !was_fetched_;
    was_fetched_ = true;
    return position >= text_.size() ? 0 : text_.copy(buffer.data(), buffer.size(), position);
  }

 private:
  const std::string text_;
  const bool changes_;
  bool was_fetched_ = false;
  bool was_read_ = false;
};

// Texts by name, of which some can't be opened, or change while they are read. It answers when it is told to, and knows how many waited at once.
class SlowStore final : public FileStore {
 public:
  const std::string& root() const override { return root_; }
  Result<std::vector<FoundFile>> list(const FileQuery&, const std::stop_token&) const override { return std::vector<FoundFile>(); }

  Result<std::unique_ptr<FileReader>> open(const std::string& path) const override {
    std::unique_lock lock(mutex_);
    ++opened_[path];
    waiting_ += 1;
    changed_.notify_all();
    changed_.wait(lock, [&] { return answers_ || answered_.contains(path); });
    waiting_ -= 1;
    if (path == "refused") {
      return std::unexpected(Error::user("may not be read"));
    }
    if (path == "gone") {
      return nullptr;
    }
    return std::make_unique<TextFile>(path == "large" ? std::string(FilesAhead::kHeldBytes + 1, 'x') : "text of " + path, path == "growing");
  }

  void answer_all() {
    const std::scoped_lock lock(mutex_);
    answers_ = true;
    changed_.notify_all();
  }
  void answer(const std::string& path) {
    const std::scoped_lock lock(mutex_);
    answered_.insert(path);
    changed_.notify_all();
  }
  // Whether so many are asked for at once, within a time that is far longer than it takes.
  bool sees_at_once(std::size_t count) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, 10s, [&] { return waiting_ == count; });
  }
  std::map<std::string, int> opened() {
    const std::scoped_lock lock(mutex_);
    return opened_;
  }

 private:
  const std::string root_ = "store";
  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  mutable std::map<std::string, int> opened_;
  mutable std::size_t waiting_ = 0;
  bool answers_ = false;
  std::set<std::string> answered_;
};

std::string text_of(Result<std::unique_ptr<FileReader>> file) {
  if (!file) {
    return "error: " + file.error().message();
  }
  if (*file == nullptr) {
    return "gone";
  }
  std::string text(40, '\0');
  text.resize((*file)->read(0, text).value());
  return text;
}

TEST(FilesAhead, OpensSeveralAtOnceAndEachOnce) {
  const auto store = std::make_shared<SlowStore>();
  FilesAhead files(store, 3, {});
  std::jthread reader([&] {
    std::deque<std::string> coming = {"a", "b", "c", "d", "e"};
    while (!coming.empty()) {
      const std::string path = coming.front();
      coming.pop_front();
      EXPECT_EQ(text_of(files.open(path, coming, 100)), "text of " + path);
    }
  });
  EXPECT_TRUE(store->sees_at_once(4)) << "the one that is read, and three ahead";
  store->answer_all();
  reader.join();
  EXPECT_EQ(store->opened(), (std::map<std::string, int>{{"a", 1}, {"b", 1}, {"c", 1}, {"d", 1}, {"e", 1}}));
}

TEST(FilesAhead, OpensNoneThatWillNotBeRead) {
  const auto store = std::make_shared<SlowStore>();
  store->answer_all();
  {
    FilesAhead files(store, 3, {});
    EXPECT_EQ(text_of(files.open("a", {"b", "c", "d"}, 1)), "text of a");
    EXPECT_EQ(text_of(files.open("b", {"c", "d"}, 0)), "text of b");
  }
  EXPECT_EQ(store->opened(), (std::map<std::string, int>{{"a", 1}, {"b", 1}}));
}

TEST(FilesAhead, GivesEachFileWhatBelongsToIt) {
  const auto store = std::make_shared<SlowStore>();
  store->answer_all();
  FilesAhead files(store, 8, {});
  std::deque<std::string> coming = {"a", "refused", "gone", "growing", "b", "large"};
  std::string all;
  while (!coming.empty()) {
    const std::string path = coming.front();
    coming.pop_front();
    all += text_of(files.open(path, coming, 8)).substr(0, 22) + "\n";
  }
  EXPECT_EQ(all,
            "text of a\n"
            "error: may not be read\n"
            "gone\n"
            "text of growing\n"
            "text of b\n"
            "xxxxxxxxxxxxxxxxxxxxxx\n");
}

TEST(FilesAhead, DoesNotTakeForQuietWhatChangedWhileItWasRead) {
  const auto store = std::make_shared<SlowStore>();
  store->answer_all();
  FilesAhead files(store, 1, {});
  ASSERT_TRUE(files.open("a", {"growing"}, 1).has_value());
  const auto growing = files.open("growing", {}, 0);
  ASSERT_TRUE(growing.has_value());
  const FileIdentity before = (*growing)->identity().value();
  std::string text(40, '\0');
  ASSERT_TRUE((*growing)->read(0, text).has_value());
  EXPECT_NE((*growing)->identity().value(), before) << "who reads it sees that it changes";
}

TEST(FilesAhead, ForgetsWhatIsNoLongerTheNext) {
  const auto store = std::make_shared<SlowStore>();
  store->answer_all();
  FilesAhead files(store, 2, {});
  EXPECT_EQ(text_of(files.open("a", {"b", "c"}, 2)), "text of a");
  EXPECT_EQ(text_of(files.open("x", {"b", "c"}, 2)), "text of x");
  EXPECT_EQ(text_of(files.open("b", {"y", "c"}, 2)), "text of b");
  EXPECT_EQ(text_of(files.open("y", {"c"}, 2)), "text of y");
  EXPECT_EQ(text_of(files.open("c", {}, 0)), "text of c");
}

TEST(FilesAhead, IsStoppedWhileItWaits) {
  const auto store = std::make_shared<SlowStore>();
  std::stop_source stop;
  FilesAhead files(store, 1, stop.get_token());
  std::jthread reader([&] {
    std::deque<std::string> coming = {"b"};
    const auto first = files.open("a", coming, 1);
    const auto second = files.open("b", {}, 0);
    ASSERT_FALSE(second.has_value());
    EXPECT_EQ(second.error().kind(), ErrorKind::kInterrupted);
    store->answer_all();
  });
  ASSERT_TRUE(store->sees_at_once(2));
  stop.request_stop();
  store->answer("a");
  reader.join();
}

}  // namespace
}  // namespace lakeflow
