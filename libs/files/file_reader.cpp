#include "libs/files/file_reader.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <xxhash.h>

namespace lakeflow {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kFingerprintBytes = FileReader::kWholeFingerprint / 2;

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

Result<std::optional<FileReader>> FileReader::open(const fs::path& root, const std::string& path) {
  std::error_code failure;
  const fs::path canonical_root = fs::canonical(root, failure);
  const auto resolved = failure ? std::nullopt : resolve_below(canonical_root, canonical_root / path);
  if (!resolved) {
    return std::optional<FileReader>();
  }
  // O_NONBLOCK: a pipe that took the file's name would otherwise block until somebody writes to it.
  const int descriptor = ::open(resolved->c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
  if (descriptor < 0) {
    if (errno == ENOENT || errno == ELOOP) {
      return std::optional<FileReader>();
    }
    return std::unexpected(failed("open", resolved->string(), errno));
  }
  FileReader reader(descriptor, resolved->string());
  struct stat status{};
  if (fstat(descriptor, &status) != 0) {
    return std::unexpected(failed("look at", reader.shown_, errno));
  }
  if (!S_ISREG(status.st_mode)) {
    return std::unexpected(Error::source(fmt::format("{} is no regular file", reader.shown_)));
  }
  return std::optional<FileReader>(std::move(reader));
}

FileReader::FileReader(FileReader&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)), shown_(std::move(other.shown_)) {}

FileReader& FileReader::operator=(FileReader&& other) noexcept {
  if (this != &other) {
    close();
    descriptor_ = std::exchange(other.descriptor_, -1);
    shown_ = std::move(other.shown_);
  }
  return *this;
}

FileReader::~FileReader() { close(); }

void FileReader::close() {
  if (descriptor_ >= 0) {
    ::close(descriptor_);
  }
  descriptor_ = -1;
}

Result<FileIdentity> FileReader::identity() const {
  struct stat status{};
  if (fstat(descriptor_, &status) != 0) {
    return std::unexpected(failed("look at", shown_, errno));
  }
  return file_identity(status);
}

Result<std::size_t> FileReader::read(std::uint64_t position, std::span<char> buffer) const {
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

Result<std::string> FileReader::fingerprint(std::uint64_t length) const {
  std::vector<char> bytes(static_cast<std::size_t>(std::min(length, 2 * kFingerprintBytes)));
  const std::span<char> all(bytes);
  const std::size_t head = bytes.size() - bytes.size() / 2;
  LAKEFLOW_ASSIGN(const std::size_t head_read, read(0, all.first(head)));
  LAKEFLOW_ASSIGN(const std::size_t tail_read, read(length - (bytes.size() - head), all.subspan(head)));
  // A file that is shorter than `length` gives something else than any that is not.
  const std::uint64_t hash = XXH3_64bits_withSeed(bytes.data(), bytes.size(), head_read + tail_read == bytes.size() ? 0 : 1);
  return fmt::format("{:016x}", hash);
}

}  // namespace lakeflow
