#include "destinations/duckdb/duckdb_backup.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <utility>

#include "base/clock.h"
#include "destinations/duckdb/duckdb_destination.h"
#include "destinations/duckdb/lakeflow_schema.h"
#include "destinations/duckdb/saved_blocks.h"
#include "destinations/duckdb/working_folder.h"
#include "destinations/files/durable_file.h"
#include "destinations/sql/connection.h"
#include "destinations/sql/sql_text.h"

namespace lakeflow {
namespace {

namespace fs = std::filesystem;

constexpr const char* kDoing = "writing a backup";
constexpr const char* kCopyCatalog = "lakeflow_copy";

fs::path folder_of(const fs::path& path) { return path.has_parent_path() ? path.parent_path() : fs::path("."); }

// A file that goes again unless it was given its own name.
class UnfinishedFile {
 public:
  explicit UnfinishedFile(fs::path path) : path_(std::move(path)) {}
  UnfinishedFile(const UnfinishedFile&) = delete;
  UnfinishedFile& operator=(const UnfinishedFile&) = delete;
  ~UnfinishedFile() { remove(); }
  const fs::path& path() const { return path_; }

 private:
  void remove() const {
    std::error_code ignored;
    fs::remove(path_, ignored);
  }
  const fs::path path_;
};

class File {
 public:
  File(const fs::path& path, int flags) : number_(::open(path.c_str(), flags | O_CLOEXEC, 0600)) {}
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  ~File() {
    if (number_ >= 0) ::close(number_);
  }
  int number() const { return number_; }

 private:
  const int number_;
};

Status sync_file(const fs::path& path) {
  const File file(path, O_RDONLY);
  if (file.number() < 0 || fsync(file.number()) != 0) return std::unexpected(file_failure(path, "syncing", errno));
  return {};
}

Error is_taken(const fs::path& path) {
  return Error::user(fmt::format("{} is there already, and was not touched", path.string()), "Move it away, or give another name");
}

// A link takes no name that is taken, and no other file system: there it is copied.
Status give_name(const fs::path& file, const fs::path& name) {
  if (link(file.c_str(), name.c_str()) != 0) {
    if (errno == EEXIST) return std::unexpected(is_taken(name));
    const UnfinishedFile unfinished(name.string() + ".unfinished");
    LAKEFLOW_TRY(copy_synced(file, unfinished.path()));
    if (link(unfinished.path().c_str(), name.c_str()) != 0) {
      return std::unexpected(errno == EEXIST ? is_taken(name) : file_failure(name, "naming", errno));
    }
  }
  return sync_folder(folder_of(name));
}

// What a user gives as a backup must be one.
Status check_backup(const std::string& backup) {
  DuckDbOptions options;
  options.path = backup;
  options.read_only = true;
  LAKEFLOW_ASSIGN(const std::shared_ptr<DatabaseFile> file, DatabaseFile::open(options));
  LAKEFLOW_ASSIGN(Connection connection, Connection::open(file));
  LAKEFLOW_ASSIGN(const bool has_state, ensure_lakeflow_schema(connection));
  if (!has_state) return std::unexpected(Error::user(fmt::format("{} is no backup: it holds nothing of lakeflow", backup)));
  return {};
}

}  // namespace

Result<std::string> copy_database(const std::shared_ptr<DatabaseFile>& file) {
  if (file->scratch().empty()) {
    return std::unexpected(Error::destination(fmt::format("there is no right to write beside DuckDB file {}, where the copy is made", file->path()),
                                              "Give this user the right to write in its directory"));
  }
  // A name that no earlier copy had: that one stays attached as long as somebody still looks at all catalogues.
  const std::string copy = fmt::format("{}/copy-{}.duckdb", file->scratch(), now_micros());
  LAKEFLOW_ASSIGN(Connection connection, Connection::open(file));
  LAKEFLOW_TRY(connection.execute(
      kDoing, fmt::format("ATTACH {} AS {} {}", quote_text(copy), kCopyCatalog, DatabaseFile::attach_options(/*read_only=*/false))));
  Status copied = connection.execute(kDoing, fmt::format("COPY FROM DATABASE {} TO {}", Database::kCatalog, kCopyCatalog));
  // Forced, it waits for those who looked at all catalogues when the copy was committed (a query of tables does): as long as they do, so does its
  // lock.
  if (copied) copied = connection.execute(kDoing, fmt::format("FORCE CHECKPOINT {}", kCopyCatalog));
  const Status detached = connection.execute(kDoing, fmt::format("DETACH {}", kCopyCatalog));
  LAKEFLOW_TRY(copied);
  LAKEFLOW_TRY(detached);
  // The folder keeps others out until here.
  if (chmod(copy.c_str(), 0600) != 0) return std::unexpected(file_failure(copy, "taking others' rights away from", errno));
  LAKEFLOW_TRY(sync_file(copy));
  return copy;
}

Status put_in_place(const std::string& copy, const std::string& path) {
  if (std::rename(copy.c_str(), path.c_str()) != 0) return std::unexpected(file_failure(path, "naming", errno));
  return sync_folder(folder_of(path));
}

Status back_up_database(const std::shared_ptr<DatabaseFile>& file, const std::string& path) {
  std::error_code ignored;
  if (fs::exists(path, ignored)) return std::unexpected(is_taken(path));
  LAKEFLOW_ASSIGN(std::string copied, copy_database(file));
  const UnfinishedFile copy(std::move(copied));
  return give_name(copy.path(), path);
}

Status restore_duckdb(const std::string& path, const std::string& backup) {
  LAKEFLOW_TRY(check_backup(backup));
  LAKEFLOW_ASSIGN(const WorkingFolder held, WorkingFolder::lock(path, /*read_only=*/false));
  LAKEFLOW_TRY(mend_blocks(path));  // what is kept is kept whole
  const std::string kept = path + ".before_restore";
  std::error_code ignored;
  for (const std::string& name : {kept, kept + ".wal"}) {
    if (fs::exists(name, ignored)) return std::unexpected(is_taken(name));
  }
  const UnfinishedFile restored(path + ".unfinished");
  LAKEFLOW_TRY(copy_synced(backup, restored.path()));
  const auto rename_to = [](const fs::path& from, const fs::path& to) -> Status {
    if (std::rename(from.c_str(), to.c_str()) != 0) return std::unexpected(file_failure(to, "naming", errno));
    return {};
  };
  if (fs::exists(path, ignored)) {
    // First the log, which belongs to the old file: without it that is what it was at its last checkpoint, state and rows alike.
    if (fs::exists(path + ".wal", ignored)) LAKEFLOW_TRY(rename_to(path + ".wal", kept + ".wal"));
    if (link(path.c_str(), kept.c_str()) != 0) return std::unexpected(file_failure(kept, "naming", errno));
    LAKEFLOW_TRY(sync_folder(folder_of(path)));
  }
  LAKEFLOW_TRY(rename_to(restored.path(), path));
  return sync_folder(folder_of(path));
}

}  // namespace lakeflow
