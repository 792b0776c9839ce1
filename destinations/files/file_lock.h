#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "base/error.h"

namespace lakeflow {

// Who holds a flock on the open file, from the kernel's list: "process 4711", "this process itself", or "another process" where
// the kernel does not tell.
std::string lock_holder(int descriptor);

struct LockAttempt;

// A lock on a file (flock): it holds against other processes and against other locks of this one, and ends with this object or the
// process, however that ends.
class FileLock {
 public:
  enum class Mode { kShared, kExclusive };

  // Makes the file (0600) where it is not there. Waits for nobody.
  static Result<LockAttempt> attempt(const std::filesystem::path& path, Mode mode);
  // The same, and waits: for locks that are held for moments only.
  static Result<FileLock> wait(const std::filesystem::path& path, Mode mode);

  FileLock(FileLock&& other) noexcept;
  FileLock& operator=(FileLock&& other) noexcept;
  ~FileLock();

  // Whether the path still names the file that is locked: who opens it later meets this lock.
  bool is_of(const std::filesystem::path& path) const;

 private:
  explicit FileLock(int descriptor) : descriptor_(descriptor) {}
  int descriptor_;
};

struct LockAttempt {
  std::optional<FileLock> lock;
  std::string taken_by;  // where another lock was in the way
};

}  // namespace lakeflow
