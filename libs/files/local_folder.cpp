#include "libs/files/local_folder.h"

#include <sys/stat.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string_view>
#include <system_error>

#include <fmt/format.h>

#include "libs/files/folder_watch.h"
#include "libs/files/local_file.h"

namespace lakeflow {
namespace {

namespace fs = std::filesystem;

// One walk over a root: what is still to be listed, what was found.
class Walk {
 public:
  Walk(const FileQuery& wanted, fs::path root) : wanted_(wanted), root_(std::move(root)) { open_.push_back({root_, {}}); }

  Result<std::vector<FoundFile>> run(const std::stop_token& stop) {
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
      add(*entry, folder);
    }
    if (failure && failure != std::errc::no_such_file_or_directory) {
      return std::unexpected(Error::source(fmt::format("cannot list the folder {}: {}", folder.path.string(), failure.message()),
                                           "give this user the right to read it"));
    }
    return {};
  }

  // Only links have to be resolved: the rest lies where it was found.
  void add(const fs::directory_entry& entry, const Folder& folder) {
    const fs::path name = entry.path().filename();
    std::error_code failure;
    const bool is_link = entry.is_symlink(failure);
    const std::optional<fs::path> canonical = is_link ? resolve_below(root_, entry.path()) : std::optional(entry.path());
    struct stat status{};
    if (!canonical || ::lstat(canonical->c_str(), &status) != 0) {
      return;
    }
    if (S_ISDIR(status.st_mode) && wanted_.recursive) {
      open_.push_back({*canonical, folder.shown / name});
    } else if (S_ISREG(status.st_mode) && matches(wanted_, (folder.shown / name).generic_string())) {
      // The root may be "/".
      const std::string_view below = std::string_view(canonical->native()).substr(root_.native().size());
      found_.insert_or_assign(std::string(below.substr(std::min(below.find_first_not_of('/'), below.size()))), file_identity(status));
    }
  }

  const FileQuery& wanted_;
  const fs::path root_;
  std::vector<Folder> open_;
  std::set<fs::path> listed_;
  std::map<std::string, FileIdentity> found_;
};

}  // namespace

Result<std::vector<FoundFile>> LocalFolder::list(const FileQuery& wanted, const std::stop_token& stop) const {
  std::error_code failure;
  fs::path root = fs::canonical(root_, failure);
  if (failure || !fs::is_directory(root, failure)) {
    return std::unexpected(Error::user(fmt::format("{} is not a folder that can be read", root_), "check the path and its permissions"));
  }
  return Walk(wanted, std::move(root)).run(stop);
}

Result<std::optional<FileIdentity>> LocalFolder::find(const std::string& path) const {
  struct stat status{};
  if (::lstat((fs::path(root_) / path).c_str(), &status) != 0 || !S_ISREG(status.st_mode)) {
    return std::nullopt;
  }
  return file_identity(status);
}

Result<std::unique_ptr<FolderWatch>> LocalFolder::watch(const FileQuery& wanted, std::chrono::duration<double> quiet,
                                                        std::function<void()> on_quiet) const {
  return FolderWatch::start(root_, wanted, quiet, std::move(on_quiet));
}

Result<std::unique_ptr<FileReader>> LocalFolder::open(const std::string& path) const { return LocalFile::open(root_, path); }

}  // namespace lakeflow
