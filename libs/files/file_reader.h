#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>

#include "base/error.h"
#include "libs/files/file_identity.h"

struct stat;

namespace lakeflow {

FileIdentity file_identity(const struct stat& status);

// The canonical path, where it exists and lies below the (canonical) root; nothing where links lead it out of there.
std::optional<std::filesystem::path> resolve_below(const std::filesystem::path& root, const std::filesystem::path& path);

// A file open for reading, by position. Memory is the caller's: a file of any size is read in pieces of any size, and one that
// is cut while it is read gives a short read, not a crash. Used by one thread.
class FileReader {
 public:
  // Opens the file at `path` below `root`; the path is resolved again, so that a link put there meanwhile leads nowhere else.
  // Nothing where no such file is there (any more). Other failures, and what is no regular file, are source errors.
  static Result<std::optional<FileReader>> open(const std::filesystem::path& root, const std::string& path);

  FileReader(FileReader&& other) noexcept;
  FileReader& operator=(FileReader&& other) noexcept;
  ~FileReader();

  // What the file is now.
  Result<FileIdentity> identity() const;

  // Reads bytes from a position until the buffer is full or the file ends; how many were read.
  Result<std::size_t> read(std::uint64_t position, std::span<char> buffer) const;

  // A short text that stands for the first `length` bytes: a hash of their beginning and of their end (64 KB each), so of all of up to
  // kWholeFingerprint bytes. It tells a file that grew from one that was written anew, without reading all of it again.
  Result<std::string> fingerprint(std::uint64_t length) const;
  static constexpr std::uint64_t kWholeFingerprint = 128 * 1024;

 private:
  FileReader(int descriptor, std::string shown) : descriptor_(descriptor), shown_(std::move(shown)) {}
  void close();

  int descriptor_ = -1;
  std::string shown_;  // the path, for errors
};

}  // namespace lakeflow
