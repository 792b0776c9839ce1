#include "destinations/duckdb/duckdb_backup.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <system_error>

#include "destinations/duckdb/connection.h"
#include "destinations/duckdb/duckdb_failure.h"
#include "destinations/duckdb/sql_text.h"

namespace lakeflow {
namespace {

constexpr const char* kDoing = "writing a backup";
constexpr const char* kBackupCatalog = "lakeflow_backup";

Error system_failure(const std::string& path) { return working_failure(path, kDoing, "IO Error: " + std::generic_category().message(errno)); }

// A file under another name, removed unless it got its own.
class UnfinishedFile {
 public:
  explicit UnfinishedFile(std::string path) : path_(std::move(path)) { remove(); }
  UnfinishedFile(const UnfinishedFile&) = delete;
  UnfinishedFile& operator=(const UnfinishedFile&) = delete;
  ~UnfinishedFile() { remove(); }

  const std::string& path() const { return path_; }

  // DuckDB would make file and log for everyone: it takes empty ones that are there.
  Status create() const {
    for (const std::string& path : {path_, path_ + ".wal"}) {
      const int descriptor = ::open(path.c_str(), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);
      if (descriptor < 0) return std::unexpected(system_failure(path));
      close(descriptor);
    }
    return {};
  }

  // The synced file gets its name, which must not be taken, and keeps it.
  Status name(const std::string& path) const {
    const int file = ::open(path_.c_str(), O_RDONLY | O_CLOEXEC);
    const bool synced = file >= 0 && fsync(file) == 0;
    Status status = synced ? Status() : Status(std::unexpected(system_failure(path_)));
    if (file >= 0) close(file);
    LAKEFLOW_TRY(status);
    if (link(path_.c_str(), path.c_str()) != 0) return std::unexpected(system_failure(path));
    return sync_directory_of(path);
  }

 private:
  void remove() const {
    std::error_code ignored;
    std::filesystem::remove(path_, ignored);
    std::filesystem::remove(path_ + ".wal", ignored);
  }

  const std::string path_;
};

}  // namespace

Status back_up_database(const std::shared_ptr<DatabaseFile>& file, const std::string& path) {
  std::error_code ignored;
  if (std::filesystem::exists(path, ignored)) {
    return std::unexpected(Error::user(fmt::format("{} is there already, and was not touched", path), "Give the backup another name"));
  }
  const UnfinishedFile unfinished(path + ".unfinished");
  LAKEFLOW_TRY(unfinished.create());
  LAKEFLOW_ASSIGN(Connection connection, Connection::open(file));
  LAKEFLOW_TRY(connection.execute(kDoing, file->attach_sql(unfinished.path(), kBackupCatalog, false)));
  Status copied = connection.execute(kDoing, fmt::format("COPY FROM DATABASE {} TO {}", DatabaseFile::kCatalog, kBackupCatalog));
  if (copied) copied = connection.execute(kDoing, fmt::format("CHECKPOINT {}", kBackupCatalog));
  const Status detached = connection.execute(kDoing, fmt::format("DETACH {}", kBackupCatalog));
  LAKEFLOW_TRY(copied);
  LAKEFLOW_TRY(detached);
  return unfinished.name(path);
}

}  // namespace lakeflow
