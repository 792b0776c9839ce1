#include "destinations/parquet/lake_backup.h"

#include <fcntl.h>
#include <fmt/format.h>

#include <cerrno>
#include <cstdio>
#include <optional>
#include <set>
#include <string>
#include <system_error>
#include <utility>

#include "destinations/files/durable_file.h"
#include "destinations/files/file_lock.h"
#include "destinations/parquet/commit_log.h"
#include "destinations/parquet/lake_database.h"
#include "destinations/parquet/parquet_destination.h"

namespace lakeflow {
namespace {

namespace fs = std::filesystem;

// A folder that goes again unless it was given its own name.
class UnfinishedFolder {
 public:
  explicit UnfinishedFolder(const fs::path& name) : path_(name.string() + ".unfinished") { remove(); }
  UnfinishedFolder(const UnfinishedFolder&) = delete;
  UnfinishedFolder& operator=(const UnfinishedFolder&) = delete;
  ~UnfinishedFolder() { remove(); }
  const fs::path& path() const { return path_; }

 private:
  void remove() const {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  const fs::path path_;
};

fs::path plain(const fs::path& path) {
  const fs::path normal = path.lexically_normal();
  return normal.has_filename() ? normal : normal.parent_path();
}

Status rename_to(const fs::path& from, const fs::path& to, unsigned how) {
  if (::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), how) == 0) return {};
  if (errno == EEXIST || errno == ENOTEMPTY) {
    return std::unexpected(Error::user(fmt::format("{} is there already, and was not touched", to.string()), "Move it away, or give another name"));
  }
  return std::unexpected(file_failure(to, "naming", errno));
}

Status copy_content(const LakeFolder& from, const LakeContent& content, const LakeFolder& to) {
  for (const fs::path& folder : {to.commits(), to.checkpoints(), to.staged(), to.queries()}) LAKEFLOW_TRY(make_folders(folder));
  std::set<fs::path> filled;
  for (const auto& [name, table] : content.tables) {
    for (const auto* files : {&table->published, &table->staged}) {
      for (const LakeFile& file : *files) {
        const fs::path copy = to.at(file.name);
        if (filled.insert(copy.parent_path()).second) LAKEFLOW_TRY(make_folders(copy.parent_path()));
        LAKEFLOW_TRY(copy_synced(from.at(file.name), copy));
      }
    }
  }
  for (const fs::path& folder : filled) LAKEFLOW_TRY(sync_folder(folder));
  return CommitLog(to).checkpoint(content);
}

// All that the last commit holds. A full refresh that ends meanwhile takes its table's old files away: then it begins anew.
Status copy_lake(const Lake& lake, const fs::path& to) {
  constexpr int kTries = 3;
  for (int left = kTries - 1;; --left) {  // ends with the tries
    // Held while files are copied: those that the log names no more stay as long.
    const std::optional<FileLock> reading = LakeDatabase::lock(lake.folder());
    const LakeContent content = lake.content();
    Status copied = copy_content(lake.folder(), content, LakeFolder(to));
    if (copied || left == 0 || lake.content().number == content.number) return copied;
    std::error_code ignored;
    fs::remove_all(to, ignored);
  }
}

}  // namespace

Status back_up_lake(const Lake& lake, const fs::path& path) {
  const fs::path name = plain(path);
  std::error_code ignored;
  if (fs::exists(name, ignored)) {
    return std::unexpected(Error::user(fmt::format("{} is there already, and was not touched", name.string()), "Move it away, or give another name"));
  }
  if (const fs::path above = name.parent_path(); !above.empty() && !fs::is_directory(above, ignored)) {
    return std::unexpected(Error::user(fmt::format("the folder {} is not there", above.string()), "Create it, or correct the path"));
  }
  const UnfinishedFolder copy(name);
  LAKEFLOW_TRY(copy_lake(lake, copy.path()));
  LAKEFLOW_TRY(rename_to(copy.path(), name, RENAME_NOREPLACE));
  return sync_folder(name.parent_path());
}

Status restore_parquet(const std::string& path, const std::string& backup) {
  const fs::path name = plain(path);
  const fs::path kept = name.string() + ".before_restore";
  std::error_code ignored;
  if (!fs::is_directory(LakeFolder(backup).own(), ignored)) {
    return std::unexpected(Error::user(fmt::format("{} is no backup of a lake", backup), "Give the folder that lakeflow backup made"));
  }
  LAKEFLOW_ASSIGN(const std::unique_ptr<Lake> source, Lake::open(backup, /*read_only=*/true));
  if (fs::exists(kept, ignored)) {
    return std::unexpected(Error::user(fmt::format("{} is there already, and was not touched", kept.string()), "Move it away, or give another name"));
  }
  std::unique_ptr<Lake> replaced;  // nobody writes it meanwhile
  if (fs::exists(name, ignored)) {
    LAKEFLOW_ASSIGN(replaced, Lake::open(name, /*read_only=*/false));
  }
  const UnfinishedFolder restored(name);
  LAKEFLOW_TRY(copy_lake(*source, restored.path()));
  if (replaced) {
    if (::renameat2(AT_FDCWD, restored.path().c_str(), AT_FDCWD, name.c_str(), RENAME_EXCHANGE) == 0) {
      LAKEFLOW_TRY(rename_to(restored.path(), kept, RENAME_NOREPLACE));
      return sync_folder(name.parent_path());
    }
    LAKEFLOW_TRY(rename_to(name, kept, RENAME_NOREPLACE));
  }
  LAKEFLOW_TRY(rename_to(restored.path(), name, RENAME_NOREPLACE));
  return sync_folder(name.parent_path());
}

}  // namespace lakeflow
