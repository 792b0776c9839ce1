#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace lakeflow::test {

// A name that a synced folder holds.
struct SyncedName {
  std::string name;
  std::uint64_t inode = 0;
  bool is_folder = false;
};

// What would be there after a power cut, as far as syncs tell: of each file its bytes at its last sync, of each folder its names at its
// last sync. It is kept in a folder of its own, so that it outlives the process; on the same file system as what it tells of.
//
// Files and folders go by their inodes. Each file that is known here has another name in the shadow, so that its inode is never another's.
// Not thread-safe. What fails ends the process: it is part of a test.
class SyncedShadow {
 public:
  // The folder's contents are all_synced()'s to make.
  explicit SyncedShadow(std::filesystem::path folder) : folder_(std::move(folder)) {}

  // Begins: all that lies below the folder is synced.
  void all_synced(const std::filesystem::path& folder) const;
  // The file or the folder is about to be synced: what it holds now is.
  void synced(int descriptor) const;

  // As of its last sync; none where it never was.
  std::vector<SyncedName> names_of(std::uint64_t folder_inode) const;
  std::string bytes_of(std::uint64_t file_inode) const;
  // The file itself, under its other name.
  std::filesystem::path file(std::uint64_t inode) const;

 private:
  void keep_name(std::uint64_t inode, const std::string& path) const;
  void keep_bytes(std::uint64_t inode, const std::string& path) const;
  void keep_names(std::uint64_t inode, const std::string& path) const;

  std::filesystem::path folder_;
};

}  // namespace lakeflow::test
