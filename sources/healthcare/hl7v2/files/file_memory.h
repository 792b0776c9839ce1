#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "libs/files/folder_watch.h"
#include "sources/healthcare/hl7v2/files/known_files.h"

namespace lakeflow::hl7v2 {

// When the store was last looked at, and by what watch it can be told what changed since then.
struct LastLook {
  std::shared_ptr<FolderWatch> watch;  // null where nothing watched
  std::uint64_t place = 0;             // of the watch, before the look
  std::chrono::steady_clock::time_point listed_at;
};

struct RememberedFiles {
  KnownFiles known;
  std::deque<std::string> left;        // listed and not read, as the read came to a limit
  std::vector<std::string> unsettled;  // to be looked at by the next read in any case
  LastLook look;
};

// What readers leave to the next ones of the process: so neither the state is loaded nor the store is listed again for each thousand
// of a million files, nor for each file that arrives. Thread-safe.
class FileMemory {
 public:
  // What is remembered of the state with this digest; it is the taker's then.
  std::optional<RememberedFiles> take(const StateDigest& digest);
  void give(RememberedFiles files);

  // The watch of the store, while there is one.
  void set_watch(std::shared_ptr<FolderWatch> watch);
  std::shared_ptr<FolderWatch> watch() const;

 private:
  mutable std::mutex mutex_;
  std::vector<RememberedFiles> remembered_;  // the newest last
  std::shared_ptr<FolderWatch> watch_;
};

}  // namespace lakeflow::hl7v2
