#pragma once

#include <string>

#include "base/error.h"

namespace lakeflow {

// The folder `<database file>.tmp`: where DuckDB puts what does not fit into memory, and, by a lock on it, the proof that no
// other destination of ours has the file open (DuckDB's own lock is a POSIX one, which does not hold within a process).
// Made for its owner alone; what a killed process left there is removed when the next one opens it for writing.
class WorkingFolder {
 public:
  // Takes the lock: of one for writing, or shared by those who read. A destination error that names the holder where it is taken. A
  // reader who may not write in the directory gets no folder: it then reads without, in memory alone.
  static Result<WorkingFolder> lock(const std::string& database_path, bool read_only);
  WorkingFolder(WorkingFolder&& other) noexcept;
  WorkingFolder& operator=(WorkingFolder&&) = delete;
  ~WorkingFolder();

  // The process's own folder in it; empty where there is none.
  const std::string& scratch() const { return scratch_; }

 private:
  WorkingFolder() = default;

  std::string path_;
  std::string scratch_;
  int descriptor_ = -1;
};

}  // namespace lakeflow
