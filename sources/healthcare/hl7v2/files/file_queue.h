#pragma once

#include <chrono>
#include <deque>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "libs/files/file_store.h"
#include "libs/files/folder_watch.h"
#include "sources/healthcare/hl7v2/files/known_files.h"
#include "sources/healthcare/hl7v2/hl7v2_options.h"
#include "sources/interface/record_reader.h"

namespace lakeflow::hl7v2 {

// Which files of the store a read has to look into: those that the state does not know, knows in another form
// or has not read to their end, in the order of their paths. Times decide nothing but this: a file that changed within the quiet time may
// still be written, and comes last, if it has not changed again by then.
class FileQueue {
 public:
  FileQueue(const Hl7Options& options, const FileStore& store, const ReadContext& context) : options_(options), store_(store), context_(context) {}

  // Lists the store and compares it with what is known. The entries of files that were renamed, are gone, or came back, are put anew.
  Status fill(KnownFiles& known);
  // The same for these paths alone (sorted), with what is known of all others.
  Status fill(KnownFiles& known, const std::vector<std::string>& changed);
  // Takes up what an earlier read left, in the place of a listing.
  void fill(std::deque<std::string> left, std::vector<std::string> unsettled) {
    ready_ = std::move(left);
    unsettled_ = std::move(unsettled);
  }

  // The next file's path below the root; nothing where none is left. Waits for the quiet time of the last ones, at the longest until the
  // deadline.
  Result<std::optional<std::string>> next();
  // Whether next() gives a file without waiting.
  bool has_ready() const { return !ready_.empty(); }
  // Those that it gives after this one, in their order.
  const std::deque<std::string>& ready() const { return ready_; }
  // Files that next() would give without waiting, for a read that goes on here.
  std::deque<std::string> take_left() { return std::move(ready_); }
  // Files that may still be written and were not given for that, or that look_again() named: the next read has to look at them.
  std::vector<std::string> take_unsettled() { return std::move(unsettled_); }
  void look_again(std::string path) { unsettled_.push_back(std::move(path)); }
  // Where somebody watches the files, he says when they are quiet, and nobody waits for them here.
  void leave_young_to(FolderWatch& watch) { watch_ = &watch; }

  // Entries that fill() changed; nothing removes one. The last of a path holds.
  const std::vector<std::pair<std::string, std::optional<FileProgress>>>& changed() const { return changed_; }

 private:
  void put(KnownFiles& known, const std::string& path, std::optional<FileProgress> progress);
  void begin();
  Status note_renamed(KnownFiles& known, const std::vector<FoundFile>& found);
  // What becomes of the entry of one that is known, with the file that has its name now, or none.
  void note_presence(KnownFiles& known, const std::string& path, const FileProgress& progress, bool is_there);
  void consider(const KnownFiles& known, std::vector<FoundFile> found);
  Status wait_for_quiet();

  const Hl7Options& options_;
  const FileStore& store_;
  const ReadContext& context_;
  TimestampMicros scanned_at_ = 0;
  std::chrono::steady_clock::time_point quiet_at_;  // files that did not change since the scan are quiet then
  std::deque<std::string> ready_;
  std::vector<FoundFile> young_;
  std::vector<std::string> unsettled_;
  FolderWatch* watch_ = nullptr;
  std::vector<std::pair<std::string, std::optional<FileProgress>>> changed_;
};

}  // namespace lakeflow::hl7v2
