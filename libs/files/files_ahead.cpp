#include "libs/files/files_ahead.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace lakeflow {
namespace {

// A file whose content is in memory, as long as nothing else is asked of it.
class HeldFile final : public FileReader {
 public:
  HeldFile(FileIdentity identity, std::vector<char> content) : identity_(identity), content_(std::move(content)) {}

  Result<FileIdentity> identity() override { return identity_; }

  Result<std::size_t> read(std::uint64_t position, std::span<char> buffer) override {
    if (position >= content_.size()) {
      return 0;
    }
    const std::size_t count = std::min(buffer.size(), content_.size() - static_cast<std::size_t>(position));
    std::memcpy(buffer.data(), content_.data() + position, count);
    return count;
  }

 private:
  const FileIdentity identity_;
  const std::vector<char> content_;
};

// The file with its content, where it is small and was quiet while it was read. One that changed, or can't be read, is opened anew, as if nobody had
// looked: a reader may keep what it read, and who reads it has to see for himself that it changed.
Result<std::unique_ptr<FileReader>> open_and_hold(const FileStore& store, const std::string& path) {
  LAKEFLOW_ASSIGN(std::unique_ptr<FileReader> file, store.open(path));
  if (file == nullptr) {
    return file;
  }
  const Result<FileIdentity> before = file->identity();
  if (!before || before->size > FilesAhead::kHeldBytes) {
    return file;
  }
  std::vector<char> content(static_cast<std::size_t>(before->size));
  const Result<std::size_t> count = file->read(0, content);
  const Result<FileIdentity> after = file->identity();
  if (!count || *count != content.size() || !after || *after != *before) {
    return store.open(path);
  }
  return std::make_unique<HeldFile>(*after, std::move(content));
}

}  // namespace

FilesAhead::FilesAhead(std::shared_ptr<const FileStore> store, std::size_t at_once, std::stop_token stop)
    : store_(std::move(store)), at_once_(at_once), stop_(std::move(stop)) {}

FilesAhead::~FilesAhead() {
  for (std::jthread& thread : threads_) {
    thread.request_stop();
  }
}

Result<std::unique_ptr<FileReader>> FilesAhead::open(const std::string& path, const std::deque<std::string>& coming, std::size_t most) {
  std::unique_lock lock(mutex_);
  const std::shared_ptr<Opening> opening = take(path);
  begin(coming, most);
  if (opening == nullptr) {
    lock.unlock();
    return store_->open(path);
  }
  changed_.wait(lock, stop_, [&] { return opening->opened.has_value(); });
  if (!opening->opened) {
    return std::unexpected(Error::interrupted("the wait for a file of " + store_->root() + " was stopped"));
  }
  return *std::move(opening->opened);
}

std::shared_ptr<FilesAhead::Opening> FilesAhead::take(const std::string& path) {
  if (!ahead_.empty() && ahead_.front()->path == path) {
    std::shared_ptr<Opening> opening = std::move(ahead_.front());
    ahead_.pop_front();
    return opening;
  }
  ahead_.clear();
  return nullptr;
}

void FilesAhead::begin(const std::deque<std::string>& coming, std::size_t most) {
  const std::size_t wanted = std::min({at_once_, most, coming.size()});
  for (std::size_t i = 0; i < ahead_.size(); ++i) {
    if (i >= coming.size() || ahead_[i]->path != coming[i]) {
      ahead_.clear();
    }
  }
  while (ahead_.size() < wanted) {
    ahead_.push_back(std::make_shared<Opening>(coming[ahead_.size()], std::nullopt));
    waiting_.push_back(ahead_.back());
    if (threads_.size() < wanted) {
      threads_.emplace_back([this](const std::stop_token& end) { work(end); });
    }
  }
  changed_.notify_all();
}

void FilesAhead::work(const std::stop_token& end) {
  std::unique_lock lock(mutex_);
  while (changed_.wait(lock, end, [this] { return !waiting_.empty(); }) && !end.stop_requested()) {
    const std::shared_ptr<Opening> opening = waiting_.front().lock();
    waiting_.pop_front();
    if (opening == nullptr) {
      continue;
    }
    lock.unlock();
    Result<std::unique_ptr<FileReader>> opened = open_and_hold(*store_, opening->path);
    lock.lock();
    opening->opened = std::move(opened);
    changed_.notify_all();
  }
}

}  // namespace lakeflow
