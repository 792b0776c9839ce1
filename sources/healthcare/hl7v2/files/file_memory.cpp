#include "sources/healthcare/hl7v2/files/file_memory.h"

#include <algorithm>
#include <utility>

namespace lakeflow::hl7v2 {
namespace {

// Tables that were added later have a state of their own until they caught up.
constexpr std::size_t kRemembered = 2;

}  // namespace

std::optional<RememberedFiles> FileMemory::take(const StateDigest& digest) {
  const std::lock_guard lock(mutex_);
  const auto found = std::ranges::find_if(remembered_, [&](const RememberedFiles& files) { return files.known.digest() == digest; });
  if (found == remembered_.end()) {
    return std::nullopt;
  }
  std::optional<RememberedFiles> taken(std::move(*found));
  remembered_.erase(found);
  return taken;
}

void FileMemory::give(RememberedFiles files) {
  const std::lock_guard lock(mutex_);
  remembered_.push_back(std::move(files));
  if (remembered_.size() > kRemembered) {
    remembered_.erase(remembered_.begin());
  }
}

void FileMemory::set_watch(std::shared_ptr<FolderWatch> watch) {
  const std::lock_guard lock(mutex_);
  watch_ = std::move(watch);
  if (watch_ == nullptr) {
    for (RememberedFiles& files : remembered_) {
      files.look.watch.reset();
    }
  }
}

std::shared_ptr<FolderWatch> FileMemory::watch() const {
  const std::lock_guard lock(mutex_);
  return watch_;
}

}  // namespace lakeflow::hl7v2
