#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "libs/files/file_reader.h"

struct stat;

namespace lakeflow {

FileIdentity file_identity(const struct stat& status);

// The canonical path, where it exists and lies below the (canonical) root; nothing where links lead it out of there.
std::optional<std::filesystem::path> resolve_below(const std::filesystem::path& root, const std::filesystem::path& path);

// A file of this machine. Reads go straight into the caller's memory; one that is cut while it is read gives a short read, not a crash.
class LocalFile final : public FileReader {
 public:
  // Opens the file at `path` below `root`; the path is resolved again, so that a link put there meanwhile leads nowhere else.
  // Null where no such file is there (any more). What may not be read, or is no regular file, is a user error; other failures are source errors.
  static Result<std::unique_ptr<LocalFile>> open(const std::filesystem::path& root, const std::string& path);

  LocalFile(const LocalFile&) = delete;
  LocalFile& operator=(const LocalFile&) = delete;
  ~LocalFile() override;

  Result<FileIdentity> identity() override;
  Result<std::size_t> read(std::uint64_t position, std::span<char> buffer) override;

 private:
  LocalFile(int descriptor, std::string shown) : descriptor_(descriptor), shown_(std::move(shown)) {}

  const int descriptor_;
  const std::string shown_;  // the path, for errors
};

}  // namespace lakeflow
