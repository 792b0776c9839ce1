#include "tests/soak/power_cut.h"

#include <sys/stat.h>

#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>

namespace lakeflow::test {
namespace {

namespace fs = std::filesystem;

std::uint64_t inode_of(const fs::path& path) {
  struct stat found{};
  if (::lstat(path.c_str(), &found) != 0) std::abort();
  return found.st_ino;
}

// In place: the inode stays.
void put_bytes(const fs::path& path, std::string_view bytes) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  file.close();
  if (!file.good()) std::abort();
}

void restore_names(const fs::path& folder, std::uint64_t inode, const SyncedShadow& shadow) {
  for (const SyncedName& name : shadow.names_of(inode)) {
    const fs::path path = folder / name.name;
    if (name.is_folder) {
      fs::create_directory(path);
      restore_names(path, name.inode, shadow);
    } else {
      fs::create_hard_link(shadow.file(name.inode), path);
      put_bytes(path, shadow.bytes_of(name.inode));
    }
  }
}

void restore_only_synced(const fs::path& folder, const SyncedShadow& shadow) {
  const std::uint64_t inode = inode_of(folder);
  for (const auto& entry : fs::directory_iterator(folder)) fs::remove_all(entry.path());
  restore_names(folder, inode, shadow);
}

}  // namespace

void cut_power(const fs::path& folder, const SyncedShadow& shadow, PowerCut cut) {
  if (cut == PowerCut::kOnlySynced) {
    restore_only_synced(folder, shadow);
    return;
  }
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (!entry.is_regular_file()) continue;
    std::string bytes = shadow.bytes_of(inode_of(entry.path()));
    if (cut == PowerCut::kLengthsStand) bytes.resize(entry.file_size(), '\0');
    put_bytes(entry.path(), bytes);
  }
}

}  // namespace lakeflow::test
