#include "destinations/duckdb/database_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <system_error>
#include <utility>
#include <vector>

#include "destinations/sql/duckdb_failure.h"

namespace lakeflow {
namespace {

constexpr std::int64_t kDefaultMemoryLimit = std::int64_t{256} << 20;

// FHIR's tables are wide: a resource type has up to 1,600 leaf columns, and most of them hold nothing. While rows are written, each column of
// a row group holds buffers of whole blocks for its values and for its nulls; so the memory that a write or a checkpoint needs grows
// with columns × rows of a row group, and has a floor of columns × block. DuckDB's own 256 KiB and 122,880 rows are made for narrow tables;
// these are the least that it takes, and an eighth. The size of row groups can only be given to ATTACH.
constexpr const char* kBlockBytes = "16384";
constexpr int kRowGroupRows = 16'384;

Status sync_directory_of(const std::string& path) {
  std::string directory = std::filesystem::path(path).parent_path().string();
  if (directory.empty()) directory = ".";
  const int descriptor = open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const bool synced = descriptor >= 0 && fsync(descriptor) == 0;
  const int reason = errno;
  if (descriptor >= 0) ::close(descriptor);
  // Some file systems have no fsync for directories, and need none.
  if (synced || reason == EINVAL || reason == ENOTSUP) return {};
  return std::unexpected(working_failure(path, "making its name durable", "IO Error: " + std::generic_category().message(reason)));
}

}  // namespace

Result<std::shared_ptr<DatabaseFile>> DatabaseFile::open(const DuckDbOptions& options) {
  const std::string& path = options.path;
  if (path.empty()) return std::unexpected(Error::user("the destination has no path", "Give destination.path the name of a DuckDB file"));
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored)) {
    return std::unexpected(Error::user(fmt::format("{} is a directory, not a DuckDB file", path), "Give destination.path the name of a file"));
  }
  const bool is_new = !std::filesystem::exists(path, ignored);
  if (is_new && options.read_only) {
    return std::unexpected(
        Error::user(fmt::format("DuckDB file {} is not there yet", path), "Run an ingest first, or correct the destination's path"));
  }
  LAKEFLOW_ASSIGN(WorkingFolder folder, WorkingFolder::lock(path, options.read_only));
  DatabaseSettings settings;
  LAKEFLOW_TRY(settings.set("memory_limit", fmt::format("{}B", options.memory_limit > 0 ? options.memory_limit : kDefaultMemoryLimit)));
  LAKEFLOW_TRY(settings.set("temp_directory", folder.scratch()));
  // A checkpoint writes partly filled row groups again. DuckDB's own 16 MiB are reached by each commit of wide rows.
  LAKEFLOW_TRY(settings.set("checkpoint_threshold", "256MiB"));
  LAKEFLOW_TRY(settings.set("default_block_size", kBlockBytes));  // of a new file; one that is there keeps its own
  // Nothing is fetched from the network behind the user's back.
  LAKEFLOW_TRY(settings.set("autoinstall_known_extensions", "false"));
  LAKEFLOW_TRY(settings.set("autoload_known_extensions", "false"));

  std::shared_ptr<DatabaseFile> file(new DatabaseFile(path, options.read_only, std::move(folder)));
  LAKEFLOW_TRY(file->start(settings, path, attach_options(options.read_only), {file->scratch()}));
  if (is_new) {
    // Before anything but DuckDB's own header is in it.
    if (chmod(path.c_str(), 0600) != 0) {
      return std::unexpected(working_failure(path, "taking others' rights away", "IO Error: " + std::generic_category().message(errno)));
    }
    LAKEFLOW_TRY(sync_directory_of(path));
  }
  return file;
}

std::string DatabaseFile::attach_options(bool read_only) {
  return fmt::format("(TYPE duckdb, {}, ROW_GROUP_SIZE {})", read_only ? "READ_ONLY" : "READ_WRITE", kRowGroupRows);
}

DatabaseFile::~DatabaseFile() {
  close();
  if (read_only_) return;
  // A log without entries, of a transaction that wrote nothing.
  struct stat log{};
  const std::string log_path = path() + ".wal";
  if (stat(log_path.c_str(), &log) == 0 && log.st_size == 0) unlink(log_path.c_str());
}

Status DatabaseFile::prepare_log() const {
  const std::string log_path = path() + ".wal";
  const int descriptor = ::open(log_path.c_str(), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);
  if (descriptor >= 0) {
    ::close(descriptor);
    return sync_directory_of(path());
  }
  if (errno == EEXIST) return {};
  return std::unexpected(working_failure(path(), "making its write-ahead log", "IO Error: " + std::generic_category().message(errno)));
}

}  // namespace lakeflow
