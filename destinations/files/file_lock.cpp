#include "destinations/files/file_lock.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <sstream>
#include <utility>

#include "destinations/files/durable_file.h"
#include "destinations/files/file_identity.h"

namespace lakeflow {

std::string lock_holder(int descriptor) {
  struct stat found{};
  ::fstat(descriptor, &found);
  std::ifstream locks("/proc/locks");
  const std::string inode = fmt::format(":{}", found.st_ino);
  for (std::string line; std::getline(locks, line);) {
    std::istringstream words(line);
    std::string number, type, advice, access, file;
    long pid = 0;
    if (words >> number >> type >> advice >> access >> pid >> file && type == "FLOCK" && file.ends_with(inode) && pid > 0) {
      return pid == ::getpid() ? "this process itself" : fmt::format("process {}", pid);
    }
  }
  return "another process";
}

namespace {

Result<int> open_file(const std::filesystem::path& path) {
  int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0 && errno == ENOENT) descriptor = ::open(path.c_str(), O_RDONLY | O_CREAT | O_CLOEXEC, 0600);
  if (descriptor < 0) return std::unexpected(file_failure(path, "opening", errno));
  return descriptor;
}

int operation_of(FileLock::Mode mode) { return mode == FileLock::Mode::kShared ? LOCK_SH : LOCK_EX; }

}  // namespace

Result<LockAttempt> FileLock::attempt(const std::filesystem::path& path, Mode mode) {
  LAKEFLOW_ASSIGN(const int descriptor, open_file(path));
  FileLock lock(descriptor);
  if (::flock(descriptor, operation_of(mode) | LOCK_NB) == 0) return LockAttempt{.lock = std::move(lock), .taken_by = {}};
  if (errno != EWOULDBLOCK) return std::unexpected(file_failure(path, "locking", errno));
  return LockAttempt{.lock = {}, .taken_by = lock_holder(descriptor)};
}

Result<FileLock> FileLock::wait(const std::filesystem::path& path, Mode mode) {
  LAKEFLOW_ASSIGN(const int descriptor, open_file(path));
  FileLock lock(descriptor);
  while (::flock(descriptor, operation_of(mode)) != 0) {
    if (errno != EINTR) return std::unexpected(file_failure(path, "locking", errno));
  }
  return lock;
}

FileLock::FileLock(FileLock&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}

FileLock& FileLock::operator=(FileLock&& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  return *this;
}

bool FileLock::is_of(const std::filesystem::path& path) const {
  const std::optional<FileIdentity> locked = identify(descriptor_);
  return locked && locked == identify(path);
}

FileLock::~FileLock() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

}  // namespace lakeflow
