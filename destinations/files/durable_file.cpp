#include "destinations/files/durable_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

namespace lakeflow {
namespace {

class Descriptor {
 public:
  explicit Descriptor(int handle) : handle_(handle) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (handle_ >= 0) ::close(handle_);
  }
  int handle() const { return handle_; }
  bool is_open() const { return handle_ >= 0; }

 private:
  int handle_;
};

}  // namespace

Error file_failure(const std::filesystem::path& path, std::string_view doing, int reason) {
  if (reason == ENOSPC || reason == EDQUOT) {
    return Error::destination(fmt::format("the disk is full: {} {}", doing, path.string()),
                              "Make room and run again: what was committed is safe, and the run goes on from there");
  }
  if (reason == EACCES || reason == EPERM || reason == EROFS) {
    return Error::destination(fmt::format("no right to write: {} {} ({})", doing, path.string(), std::generic_category().message(reason)),
                              "Give this user the right to write there, or choose another destination path");
  }
  return Error::destination(
      fmt::format("{} {}: {}", doing, path.string(), std::generic_category().message(reason)),
      "Look into the system's log for what ails the disk, then run again: what was committed is safe, and the run goes on from there");
}

Status sync_folder(const std::filesystem::path& folder) {
  const Descriptor opened(::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (opened.is_open() && ::fsync(opened.handle()) == 0) return {};
  const int reason = errno;
  // Some file systems have no fsync for directories, and need none.
  if (opened.is_open() && (reason == EINVAL || reason == ENOTSUP)) return {};
  return std::unexpected(file_failure(folder, "making the names durable in", reason));
}

Status make_folders(const std::filesystem::path& folder) {
  struct stat found{};
  if (folder.empty() || (::stat(folder.c_str(), &found) == 0 && S_ISDIR(found.st_mode))) return {};
  LAKEFLOW_TRY(make_folders(folder.parent_path()));
  if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) return std::unexpected(file_failure(folder, "making the folder", errno));
  return sync_folder(folder.parent_path());
}

Status write_synced(const std::filesystem::path& path, std::string_view bytes) {
  const Descriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
  if (!file.is_open()) return std::unexpected(file_failure(path, "writing", errno));
  while (!bytes.empty()) {
    const ssize_t written = ::write(file.handle(), bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return std::unexpected(file_failure(path, "writing", errno));
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  if (::fsync(file.handle()) != 0) return std::unexpected(file_failure(path, "making durable", errno));
  return {};
}

Result<std::string> read_whole(const std::filesystem::path& path) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  struct stat found{};
  if (!file.is_open() || ::fstat(file.handle(), &found) != 0) return std::unexpected(file_failure(path, "reading", errno));
  std::string bytes(static_cast<std::size_t>(found.st_size), '\0');
  for (std::size_t done = 0; done < bytes.size();) {
    const ssize_t got = ::read(file.handle(), bytes.data() + done, bytes.size() - done);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return std::unexpected(file_failure(path, "reading", errno));
    if (got == 0) bytes.resize(done);  // cut while it was read: who parses it will say so
    done += static_cast<std::size_t>(got);
  }
  return bytes;
}

}  // namespace lakeflow
