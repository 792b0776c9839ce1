#include "destinations/duckdb/database_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <system_error>
#include <utility>
#include <vector>

#include "destinations/duckdb/saved_blocks.h"
#include "destinations/duckdb/unsynced_log.h"
#include "destinations/sql/duckdb_failure.h"

namespace lakeflow {
namespace {

constexpr std::int64_t kDefaultMemoryLimit = std::int64_t{256} << 20;

// FHIR's tables are wide: a resource type has up to 1,600 leaf columns, and most of them hold nothing. While rows are written, each column of
// a row group holds buffers of whole blocks for its values and for its nulls; so the memory that a write or a checkpoint needs grows
// with columns × rows of a row group, and has a floor of columns × block. DuckDB's own 256 KiB and 122,880 rows are made for narrow tables;
// these are the least that it takes, and an eighth. The size of row groups can only be given to ATTACH.
constexpr const char* kBlockBytes = "16384";

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

// What DuckDB's file begins with: a header that stays, and two that each checkpoint writes in turn.
std::string read_headers(const std::string& path) {
  constexpr std::size_t kHeaders = 3;
  constexpr std::size_t kHeaderBytes = 4096;
  std::string headers(kHeaders * kHeaderBytes, '\0');
  std::ifstream(path, std::ios::binary).read(headers.data(), static_cast<std::streamsize>(headers.size()));
  return headers;
}

// Makes an empty database under another name and gives it its own when it is whole: a header that was written in part would be no DuckDB
// file to the next run, and it could not know that the file is ours.
class EmptyDatabase final : public Database {
 public:
  static Status make(const std::string& path, const DatabaseSettings& settings, const std::string& options, const std::string& scratch) {
    const std::string draft = path + ".new";
    std::error_code ignored;
    for (const std::string& left : {draft, draft + ".wal"}) std::filesystem::remove(left, ignored);
    Status made = EmptyDatabase(path).fill(draft, settings, options, scratch);
    if (made && ::rename(draft.c_str(), path.c_str()) != 0) made = std::unexpected(failure(path, "giving it its name"));
    if (made) return sync_directory_of(path);
    for (const std::string& left : {draft, draft + ".wal"}) std::filesystem::remove(left, ignored);
    return made;
  }
  EmptyDatabase(const EmptyDatabase&) = delete;
  EmptyDatabase& operator=(const EmptyDatabase&) = delete;
  ~EmptyDatabase() override { close(); }

 private:
  explicit EmptyDatabase(std::string path) : Database(std::move(path)) {}

  static Error failure(const std::string& path, std::string_view doing) {
    return working_failure(path, doing, "IO Error: " + std::generic_category().message(errno));
  }

  Status fill(const std::string& draft, const DatabaseSettings& settings, const std::string& options, const std::string& scratch) {
    LAKEFLOW_TRY(start(settings, draft, options, {scratch}));
    close();
    if (chmod(draft.c_str(), 0600) != 0) return std::unexpected(failure(path(), "taking others' rights away"));
    const int descriptor = ::open(draft.c_str(), O_RDONLY | O_CLOEXEC);
    const bool synced = descriptor >= 0 && fsync(descriptor) == 0;
    const int reason = errno;
    if (descriptor >= 0) ::close(descriptor);
    errno = reason;
    if (!synced) return std::unexpected(failure(path(), "making it durable"));
    return {};
  }
};

std::string memory_limit_of(const DuckDbOptions& options) {
  return fmt::format("{}B", options.memory_limit > 0 ? options.memory_limit : kDefaultMemoryLimit);
}

}  // namespace

DatabaseFile::DatabaseFile(const DuckDbOptions& options, WorkingFolder folder)
    : Database(options.path), read_only_(options.read_only), memory_limit_(memory_limit_of(options)), folder_(std::move(folder)) {}

Result<std::shared_ptr<DatabaseFile>> DatabaseFile::open(const DuckDbOptions& options) {
  const std::string& path = options.path;
  if (path.empty()) return std::unexpected(Error::user("the destination has no path", "Give destination.path the name of a DuckDB file"));
  if (path == ":memory:") {
    return std::unexpected(
        Error::user("the destination lies in memory: what a run lands there would be gone with it", "Give destination.path the name of a file"));
  }
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
  LAKEFLOW_TRY(settings.set("memory_limit", memory_limit_of(options)));
  LAKEFLOW_TRY(settings.set("temp_directory", folder.scratch()));
  // No commit ends in a checkpoint of DuckDB's own.
  LAKEFLOW_TRY(settings.set("checkpoint_threshold", "1TiB"));
  LAKEFLOW_TRY(settings.set("default_block_size", kBlockBytes));  // of a new file; one that is there keeps its own
  // Nothing is fetched from the network behind the user's back.
  LAKEFLOW_TRY(settings.set("autoinstall_known_extensions", "false"));
  LAKEFLOW_TRY(settings.set("autoload_known_extensions", "false"));

  if (!options.read_only) {
    LAKEFLOW_TRY(mend_blocks(path));
  } else if (needs_mending(path)) {
    return std::unexpected(
        Error::destination(fmt::format("DuckDB file {} was left in the middle of a checkpoint, by a process that was killed or a power cut", path),
                           "Run `lakeflow ingest`: it puts right what was half written, and nothing is lost"));
  }
  LAKEFLOW_TRY(cut_unsynced_end(path + ".wal"));
  if (is_new) LAKEFLOW_TRY(EmptyDatabase::make(path, settings, attach_options(false), folder.scratch()));
  std::shared_ptr<DatabaseFile> file(new DatabaseFile(options, std::move(folder)));
  LAKEFLOW_TRY(file->start(settings, path, attach_options(options.read_only), {file->scratch()}));
  file->identity_ = identify(path);
  file->log_ = identify(file->log_path());
  if (!options.read_only) file->tell({"PRAGMA disable_checkpoint_on_shutdown"});
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
  if (stat(log_path().c_str(), &log) == 0 && log.st_size == 0) unlink(log_path().c_str());
}

Status DatabaseFile::checkpoint(Connection& connection, const std::string& statement) const {
  constexpr const char* kDoing = "writing the log into the file";
  // Nobody opens it again: the log goes with it.
  if (identify(path()) != identity_) return connection.execute(kDoing, statement);
  // The blocks that have room for parts, and therefore are written over.
  std::vector<std::int64_t> blocks;
  LAKEFLOW_ASSIGN(ResultRows rows,
                  connection.query(kDoing, fmt::format("SELECT block_id FROM pragma_metadata_info('{}') WHERE free_blocks > 0", kCatalog)));
  while (rows.next_chunk()) {
    for (std::size_t row = 0; row < rows.chunk_rows(); ++row) blocks.push_back(rows.integer(0, row));
  }
  LAKEFLOW_TRY(save_blocks(path(), blocks));
  LAKEFLOW_TRY(connection.execute(kDoing, statement));
  forget_saved_blocks(path());
  return {};
}

// The queue of blocks that may be evicted keeps a handle of each block that is gone (184 bytes) until it holds some 65,000 entries, for each of its
// kinds; tables of hundreds of columns make hundreds with each commit. DuckDB goes through the whole queue where it has to give back more than it
// can: so it is asked for all, refuses, and goes on with the limit that it has.
void DatabaseFile::forget_blocks() const { tell({"SET memory_limit = '1B'", fmt::format("SET memory_limit = '{}'", memory_limit_)}); }

void DatabaseFile::tell(const std::vector<std::string>& statements) const {
  duckdb_connection connection = nullptr;
  if (duckdb_connect(handle(), &connection) != DuckDBSuccess) return;
  for (const std::string& sql : statements) duckdb_query(connection, sql.c_str(), nullptr);
  duckdb_disconnect(&connection);
}

Status DatabaseFile::prepare_log() const {
  LAKEFLOW_TRY(check_file());
  if (log_) LAKEFLOW_TRY(check_log());
  const int descriptor = ::open(log_path().c_str(), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);
  const int reason = errno;
  if (descriptor >= 0) {
    ::close(descriptor);
    LAKEFLOW_TRY(sync_directory_of(path()));
  } else if (reason != EEXIST) {
    return std::unexpected(working_failure(path(), "making its write-ahead log", "IO Error: " + std::generic_category().message(reason)));
  }
  log_ = identify(log_path());
  return {};
}

Status DatabaseFile::check_before_commit() const {
  LAKEFLOW_TRY(check_file());
  headers_ = read_headers(path());
  return check_log();
}

Status DatabaseFile::check_after_commit() const {
  LAKEFLOW_TRY(check_file());
  // A commit that ends in a checkpoint removes the log, and writes another header into the file.
  if (identify(log_path()) || read_headers(path()) == headers_) return check_log();
  log_.reset();
  return {};
}

bool DatabaseFile::has_foreign_log() const {
  const std::optional<FileIdentity> log = identify(log_path());
  return log && log != log_;
}

std::uintmax_t DatabaseFile::log_bytes() const {
  std::error_code none;
  const std::uintmax_t bytes = std::filesystem::file_size(log_path(), none);
  return none ? 0 : bytes;
}

Status DatabaseFile::check_file() const {
  const std::optional<FileIdentity> named = identify(path());
  if (named == identity_) return {};
  return std::unexpected(Error::destination(
      fmt::format("DuckDB file {} was {} while this process had it open", path(), named ? "replaced by another" : "removed"),
      "Put it back, or restore a backup of it, before the next run: that goes on with the file of this name, and where there is none it makes a new "
      "one and reads everything again"));
}

Status DatabaseFile::check_log() const {
  if (identify(log_path()) == log_) return {};
  return std::unexpected(Error::destination(fmt::format("the write-ahead log {} was removed or replaced while this process wrote it", log_path()),
                                            "Leave the log beside its file; the next run goes on after what the file holds"));
}

}  // namespace lakeflow
