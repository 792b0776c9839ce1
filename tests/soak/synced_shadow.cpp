#include "tests/soak/synced_shadow.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <utility>

namespace lakeflow::test {
namespace {

namespace fs = std::filesystem;

void require(bool done, const char* what, const std::string& path) {
  if (done) return;
  std::perror((std::string(what) + " " + path).c_str());
  std::abort();
}

struct stat status_of(const std::string& path) {
  struct stat found{};
  require(::lstat(path.c_str(), &found) == 0, "looking at", path);
  return found;
}

std::string read_all(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream bytes;
  if (file.peek() != std::ifstream::traits_type::eof()) bytes << file.rdbuf();
  return std::move(bytes).str();
}

void write_all(const std::string& path, const std::string& bytes) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file << bytes;
  file.close();
  require(file.good(), "writing", path);
}

}  // namespace

void SyncedShadow::synced(int descriptor) const {
  struct stat found{};
  // By this way also a file that was removed, or is open for writing alone, can be read.
  const std::string path = "/proc/self/fd/" + std::to_string(descriptor);
  require(::fstat(descriptor, &found) == 0, "looking at", path);
  if (S_ISDIR(found.st_mode)) keep_names(found.st_ino, path);
  if (!S_ISREG(found.st_mode)) return;
  keep_bytes(found.st_ino, path);
  if (found.st_nlink > 0) keep_name(found.st_ino, path);
}

void SyncedShadow::all_synced(const fs::path& folder) const {
  for (const char* part : {"files", "bytes", "names"}) fs::create_directories(folder_ / part);
  keep_names(status_of(folder).st_ino, folder);
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    const std::string path = entry.path().string();
    const std::uint64_t inode = status_of(path).st_ino;
    if (entry.is_directory()) keep_names(inode, path);
    if (entry.is_regular_file()) keep_bytes(inode, path);
  }
}

std::vector<SyncedName> SyncedShadow::names_of(std::uint64_t folder_inode) const {
  std::vector<SyncedName> names;
  std::ifstream lines(folder_ / "names" / std::to_string(folder_inode));
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    SyncedName& name = names.emplace_back();
    words >> name.is_folder >> name.inode;
    words.ignore(1);
    std::getline(words, name.name);
  }
  return names;
}

std::string SyncedShadow::bytes_of(std::uint64_t file_inode) const { return read_all(folder_ / "bytes" / std::to_string(file_inode)); }

fs::path SyncedShadow::file(std::uint64_t inode) const { return folder_ / "files" / std::to_string(inode); }

void SyncedShadow::keep_name(std::uint64_t inode, const std::string& path) const {
  const std::string name = file(inode).string();
  const bool linked = ::linkat(AT_FDCWD, path.c_str(), AT_FDCWD, name.c_str(), AT_SYMLINK_FOLLOW) == 0;
  require(linked || errno == EEXIST, "keeping", path);
}

void SyncedShadow::keep_bytes(std::uint64_t inode, const std::string& path) const {
  fs::copy_file(path, folder_ / "bytes" / std::to_string(inode), fs::copy_options::overwrite_existing);
}

void SyncedShadow::keep_names(std::uint64_t inode, const std::string& path) const {
  std::ostringstream lines;
  for (const auto& entry : fs::directory_iterator(path)) {
    struct stat found{};
    // Another thread may have removed it.
    if (::lstat(entry.path().c_str(), &found) != 0) continue;
    if (!S_ISDIR(found.st_mode) && !S_ISREG(found.st_mode)) continue;
    lines << S_ISDIR(found.st_mode) << ' ' << found.st_ino << ' ' << entry.path().filename().string() << '\n';
    if (S_ISREG(found.st_mode)) keep_name(found.st_ino, entry.path());
  }
  write_all(folder_ / "names" / std::to_string(inode), lines.str());
}

}  // namespace lakeflow::test
