#include "destinations/duckdb/working_folder.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <system_error>
#include <utility>

#include "destinations/files/file_lock.h"

namespace lakeflow {
namespace {

// A folder could not be made beside the file.
Error beside_failure(const std::string& database_path, int reason) {
  if (reason == ENOENT || reason == ENOTDIR) {
    return Error::user(fmt::format("the directory of DuckDB file {} is not there", database_path), "Create it, or correct the destination's path");
  }
  if (reason == ENOSPC || reason == EDQUOT) {
    return Error::destination(fmt::format("the disk is full: no room beside DuckDB file {}", database_path), "Make room and run again");
  }
  return Error::destination(fmt::format("no right to write beside DuckDB file {} ({})", database_path, std::generic_category().message(reason)),
                            "Give this user the right to write the file and its directory, or choose another destination path");
}

}  // namespace

Result<WorkingFolder> WorkingFolder::lock(const std::string& database_path, bool read_only) {
  WorkingFolder folder;
  folder.path_ = database_path + ".tmp";
  // A folder that its last holder removes between our open and our lock is another one than that of the name: try again.
  for (int attempt = 0; attempt < 100; ++attempt) {
    if (mkdir(folder.path_.c_str(), 0700) != 0 && errno != EEXIST) {
      const int reason = errno;
      if (read_only && (reason == EACCES || reason == EROFS || reason == EPERM)) return folder;
      return std::unexpected(beside_failure(database_path, reason));
    }
    const int descriptor = open(folder.path_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor < 0) {
      if (errno == ENOENT) continue;
      if (read_only && errno == EACCES) return folder;
      return std::unexpected(
          Error::destination(fmt::format("{} can't be used as a folder ({})", folder.path_, std::generic_category().message(errno)),
                             "Remove it: DuckDB needs the name for its temporary files"));
    }
    folder.descriptor_ = descriptor;
    struct stat locked{};
    fstat(descriptor, &locked);
    if (flock(descriptor, (read_only ? LOCK_SH : LOCK_EX) | LOCK_NB) != 0) {
      const std::string holder = lock_holder(descriptor);
      close(std::exchange(folder.descriptor_, -1));
      return std::unexpected(Error::destination(fmt::format("DuckDB file {} is in use by {}", database_path, holder),
                                                "Wait until it is done, or stop it; DuckDB lets one process hold a file"));
    }
    struct stat named{};
    if (stat(folder.path_.c_str(), &named) == 0 && named.st_ino == locked.st_ino && named.st_dev == locked.st_dev) break;
    close(std::exchange(folder.descriptor_, -1));
  }
  if (folder.descriptor_ < 0) {
    return std::unexpected(Error::destination(fmt::format("{} is made and removed by others all the time", folder.path_), "Run again"));
  }
  if (!read_only) {
    std::error_code ignored;
    for (std::filesystem::directory_iterator left(folder.path_, ignored), end; left != end; left.increment(ignored)) {
      std::filesystem::remove_all(left->path(), ignored);
    }
  }
  std::string scratch = folder.path_ + "/XXXXXX";
  if (mkdtemp(scratch.data()) != nullptr) {
    folder.scratch_ = std::move(scratch);
  } else if (!read_only) {
    return std::unexpected(beside_failure(database_path, errno));
  }
  return folder;
}

WorkingFolder::WorkingFolder(WorkingFolder&& other) noexcept
    : path_(std::move(other.path_)), scratch_(std::move(other.scratch_)), descriptor_(std::exchange(other.descriptor_, -1)) {}

WorkingFolder::~WorkingFolder() {
  if (descriptor_ < 0) return;
  std::error_code ignored;
  if (!scratch_.empty()) std::filesystem::remove_all(scratch_, ignored);
  // Other readers may still be in it: the last one removes it.
  if (flock(descriptor_, LOCK_EX | LOCK_NB) == 0) rmdir(path_.c_str());
  close(descriptor_);
}

}  // namespace lakeflow
