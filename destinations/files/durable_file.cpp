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

Status write_all(int descriptor, const std::filesystem::path& path, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(descriptor, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return std::unexpected(file_failure(path, "writing", errno));
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

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
  LAKEFLOW_TRY(write_all(file.handle(), path, bytes));
  if (::fsync(file.handle()) != 0) return std::unexpected(file_failure(path, "making durable", errno));
  return {};
}

Status copy_synced(const std::filesystem::path& from, const std::filesystem::path& to) {
  const Descriptor source(::open(from.c_str(), O_RDONLY | O_CLOEXEC));
  if (!source.is_open()) return std::unexpected(file_failure(from, "reading", errno));
  // Not written over: what has the name may be another file's second one.
  if (::unlink(to.c_str()) != 0 && errno != ENOENT) return std::unexpected(file_failure(to, "removing", errno));
  const Descriptor target(::open(to.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!target.is_open()) return std::unexpected(file_failure(to, "writing", errno));
  constexpr std::size_t kBlock = std::size_t{1} << 20;
  std::string block(kBlock, '\0');
  ssize_t read = 0;
  while ((read = ::read(source.handle(), block.data(), block.size())) != 0) {
    if (read < 0 && errno == EINTR) continue;
    if (read < 0) return std::unexpected(file_failure(from, "reading", errno));
    LAKEFLOW_TRY(write_all(target.handle(), to, std::string_view(block).substr(0, static_cast<std::size_t>(read))));
  }
  if (::fsync(target.handle()) != 0) return std::unexpected(file_failure(to, "making durable", errno));
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
