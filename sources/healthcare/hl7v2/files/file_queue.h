#pragma once

#include <chrono>
#include <deque>
#include <map>
#include <optional>
#include <string>

#include "base/error.h"
#include "libs/files/file_store.h"
#include "sources/healthcare/hl7v2/files/file_progress.h"
#include "sources/healthcare/hl7v2/hl7v2_options.h"
#include "sources/interface/record_reader.h"

namespace lakeflow::hl7v2 {

// A file that has something to be read, as far as its identity tells.
struct QueuedFile {
  std::string path;                      // below the root
  std::optional<FileProgress> progress;  // nothing for one never looked into
};

// Which files of the store a read has to look into: those that the committed state does not know, knows in another form
// or has not read to their end, in the order of their paths. Times decide nothing but this: a file that changed within the quiet time may
// still be written, and comes last, if it has not changed again by then.
class FileQueue {
 public:
  FileQueue(const Hl7Options& options, const FileStore& store, const ReadContext& context) : options_(options), store_(store), context_(context) {}

  // Lists the store and compares it with the state. The entries of files that are gone, or came back, change.
  Status fill();

  // The next file; nothing where none is left. Waits for the quiet time of the last ones, at the longest until the deadline.
  Result<std::optional<QueuedFile>> next();
  // Whether next() gives a file without waiting.
  bool has_ready() const { return !ready_.empty(); }

  // Entries that fill() changed, for the state; nothing removes the key.
  const std::map<std::string, std::optional<FileProgress>>& changed() const { return changed_; }

 private:
  struct YoungFile {
    QueuedFile file;
    FileIdentity identity;
  };
  void note_missing(std::map<std::string, FileProgress>& known);
  Status wait_for_quiet();

  const Hl7Options& options_;
  const FileStore& store_;
  const ReadContext& context_;
  TimestampMicros scanned_at_ = 0;
  std::chrono::steady_clock::time_point quiet_at_;  // files that did not change since the scan are quiet then
  std::deque<QueuedFile> ready_;
  std::deque<YoungFile> young_;
  std::map<std::string, std::optional<FileProgress>> changed_;
};

}  // namespace lakeflow::hl7v2
