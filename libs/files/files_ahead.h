#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "base/error.h"
#include "libs/files/file_store.h"

namespace lakeflow {

// Opens the files of a store before their turn, several at a time: what a small file costs is the wait for a share, or for the service of an object
// store. A file of up to kHeldBytes is read as well, if it did not change meanwhile; larger ones are only opened. Used by one thread.
class FilesAhead {
 public:
  // What a file that is open ahead may take of memory.
  static constexpr std::uint64_t kHeldBytes = 1U << 20U;

  // At most `at_once` files are open before their turn; 0: none is. A stop ends a wait for one.
  FilesAhead(std::shared_ptr<const FileStore> store, std::size_t at_once, std::stop_token stop);
  // Waits for the openings that are under way.
  ~FilesAhead();
  FilesAhead(const FilesAhead&) = delete;
  FilesAhead& operator=(const FilesAhead&) = delete;

  // What FileStore::open gives for the path, as it was when its opening began. `coming` are those that will be opened after it, in that order, the
  // first `most` of them at least: the openings of as many as there is room for begin.
  Result<std::unique_ptr<FileReader>> open(const std::string& path, const std::deque<std::string>& coming, std::size_t most);

 private:
  struct Opening {
    std::string path;
    std::optional<Result<std::unique_ptr<FileReader>>> opened;  // nothing: not yet
  };

  // The opening of the path, if it was the next; forgets all where it was not.
  std::shared_ptr<Opening> take(const std::string& path);
  void begin(const std::deque<std::string>& coming, std::size_t most);
  void work(const std::stop_token& end);

  const std::shared_ptr<const FileStore> store_;
  const std::size_t at_once_;
  const std::stop_token stop_;
  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::deque<std::shared_ptr<Opening>> ahead_;  // in the order of their turns
  std::deque<std::weak_ptr<Opening>> waiting_;  // for a thread; null where it was forgotten
  std::vector<std::jthread> threads_;           // last: they end before what they use
};

}  // namespace lakeflow
