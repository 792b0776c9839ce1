#include "libs/files/folder_scan.h"

#include <fnmatch.h>
#include <sys/stat.h>

#include <map>
#include <set>
#include <system_error>

#include <fmt/format.h>

#include "libs/files/file_reader.h"

namespace lakeflow {
namespace {

namespace fs = std::filesystem;

bool matches(const FolderScan& scan, const fs::path& shown_path) {
  const bool by_path = scan.pattern.find('/') != std::string::npos;
  const std::string subject = by_path ? shown_path.generic_string() : shown_path.filename().string();
  return fnmatch(scan.pattern.c_str(), subject.c_str(), FNM_PERIOD | (by_path ? FNM_PATHNAME : 0)) == 0;
}

// One walk over a root: what is still to be listed, what was found.
class Walk {
 public:
  Walk(const FolderScan& scan, fs::path root) : scan_(scan), root_(std::move(root)) { open_.push_back({root_, {}}); }

  Result<std::vector<FoundFile>> run(std::stop_token stop) {
    while (!open_.empty()) {
      const Folder folder = std::move(open_.back());
      open_.pop_back();
      if (!listed_.insert(folder.path).second) {
        continue;
      }
      LAKEFLOW_TRY(list(folder, stop));
    }
    std::vector<FoundFile> files;
    files.reserve(found_.size());
    for (auto& [path, identity] : found_) {
      files.push_back({path, identity});
    }
    return files;
  }

 private:
  struct Folder {
    fs::path path;   // canonical
    fs::path shown;  // below the root, through whatever links led there
  };

  Status list(const Folder& folder, const std::stop_token& stop) {
    std::error_code failure;
    for (fs::directory_iterator entry(folder.path, failure), end; !failure && entry != end; entry.increment(failure)) {
      if (stop.stop_requested()) {
        return std::unexpected(Error::interrupted("the scan of " + root_.string() + " was stopped"));
      }
      add(entry->path(), folder.shown / entry->path().filename());
    }
    if (failure && failure != std::errc::no_such_file_or_directory) {
      return std::unexpected(Error::source(fmt::format("cannot list the folder {}: {}", folder.path.string(), failure.message()),
                                           "give this user the right to read it"));
    }
    return {};
  }

  void add(const fs::path& path, const fs::path& shown) {
    const auto canonical = resolve_below(root_, path);
    struct stat status{};
    if (!canonical || ::stat(canonical->c_str(), &status) != 0) {
      return;
    }
    if (S_ISDIR(status.st_mode) && scan_.recursive) {
      open_.push_back({*canonical, shown});
    } else if (S_ISREG(status.st_mode) && matches(scan_, shown)) {
      found_.insert_or_assign(canonical->lexically_relative(root_).generic_string(), file_identity(status));
    }
  }

  const FolderScan& scan_;
  const fs::path root_;
  std::vector<Folder> open_;
  std::set<fs::path> listed_;
  std::map<std::string, FileIdentity> found_;
};

}  // namespace

Result<std::vector<FoundFile>> scan_folder(const FolderScan& scan, std::stop_token stop) {
  std::error_code failure;
  fs::path root = fs::canonical(scan.root, failure);
  if (failure || !fs::is_directory(root, failure)) {
    return std::unexpected(Error::user(fmt::format("{} is not a folder that can be read", scan.root.string()), "check the path and its permissions"));
  }
  return Walk(scan, std::move(root)).run(stop);
}

}  // namespace lakeflow
