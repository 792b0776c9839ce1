#include "libs/files/local_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>

#include <fmt/format.h>

namespace lakeflow {
namespace {

namespace fs = std::filesystem;

Error failed(std::string_view action, const std::string& path, int error_number) {
  return Error::source(fmt::format("cannot {} {}: {}", action, path, std::system_category().message(error_number)));
}

}  // namespace

FileIdentity file_identity(const struct stat& status) {
  return {.size = static_cast<std::uint64_t>(status.st_size),
          .modified_ns = std::int64_t{status.st_mtim.tv_sec} * 1'000'000'000 + status.st_mtim.tv_nsec,
          .inode = status.st_ino};
}

std::optional<fs::path> resolve_below(const fs::path& root, const fs::path& path) {
  std::error_code failure;
  fs::path canonical = fs::canonical(path, failure);
  if (failure) {
    return std::nullopt;
  }
  const auto [end_of_root, rest] = std::ranges::mismatch(root, canonical);
  return end_of_root == root.end() ? std::optional(std::move(canonical)) : std::nullopt;
}

Result<std::unique_ptr<LocalFile>> LocalFile::open(const fs::path& root, const std::string& path) {
  std::error_code failure;
  const fs::path canonical_root = fs::canonical(root, failure);
  const auto resolved = failure ? std::nullopt : resolve_below(canonical_root, canonical_root / path);
  if (!resolved) {
    return nullptr;
  }
  // O_NONBLOCK: a pipe that took the file's name would otherwise block until somebody writes to it.
  const int descriptor = ::open(resolved->c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
  if (descriptor < 0) {
    if (errno == ENOENT || errno == ELOOP) {
      return nullptr;
    }
    const bool is_refused = errno == EACCES || errno == EPERM;
    Error failure_to_open = failed("open", resolved->string(), errno);
    return std::unexpected(is_refused ? Error::user(failure_to_open.message(), "give this user the right to read it") : std::move(failure_to_open));
  }
  std::unique_ptr<LocalFile> file(new LocalFile(descriptor, resolved->string()));
  struct stat status{};
  if (fstat(descriptor, &status) != 0) {
    return std::unexpected(failed("look at", file->shown_, errno));
  }
  if (!S_ISREG(status.st_mode)) {
    return std::unexpected(Error::user(fmt::format("{} is no regular file", file->shown_)));
  }
  return file;
}

LocalFile::~LocalFile() { ::close(descriptor_); }

Result<FileIdentity> LocalFile::identity() {
  struct stat status{};
  if (fstat(descriptor_, &status) != 0) {
    return std::unexpected(failed("look at", shown_, errno));
  }
  return file_identity(status);
}

Result<std::size_t> LocalFile::read(std::uint64_t position, std::span<char> buffer) {
  std::size_t done = 0;
  while (done < buffer.size()) {
    const ssize_t count = ::pread(descriptor_, buffer.data() + done, buffer.size() - done, static_cast<off_t>(position + done));
    if (count < 0 && errno == EINTR) {
      continue;
    }
    if (count < 0) {
      return std::unexpected(failed("read", shown_, errno));
    }
    if (count == 0) {
      break;
    }
    done += static_cast<std::size_t>(count);
  }
  return done;
}

}  // namespace lakeflow
