#include "destinations/duckdb/duckdb_destination.h"

#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <fmt/format.h>

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <utility>

#include "destinations/duckdb/database_file.h"
#include "destinations/duckdb/duckdb_backup.h"
#include "destinations/duckdb/duckdb_transaction.h"
#include "destinations/duckdb/lakeflow_schema.h"
#include "destinations/duckdb/state_table.h"
#include "destinations/duckdb/table_columns.h"
#include "destinations/interface/framework_columns.h"
#include "destinations/sql/query_reader.h"

namespace lakeflow {
namespace {

// An open file, and the connection that writes into it; null where it is open for reading.
struct OpenFile {
  std::shared_ptr<DatabaseFile> file;
  std::unique_ptr<DuckDbWriter> writer;
  bool has_state = false;
};

Result<OpenFile> open_file(const DuckDbOptions& options) {
  OpenFile open;
  LAKEFLOW_ASSIGN(open.file, DatabaseFile::open(options));
  LAKEFLOW_ASSIGN(Connection connection, Connection::open(open.file));
  LAKEFLOW_ASSIGN(open.has_state, ensure_lakeflow_schema(connection));
  if (!options.read_only) {
    open.writer = std::make_unique<DuckDbWriter>(std::move(connection), options.widest_plain_table);
    LAKEFLOW_TRY(open.writer->scanner.register_function());
  }
  return open;
}

class DuckDbDestination final : public Destination {
 public:
  DuckDbDestination(DuckDbOptions options, OpenFile open)
      : options_(std::move(options)), has_state_(open.has_state), file_(std::move(open.file)), writer_(std::move(open.writer)) {}

  DuckDbDestination(const DuckDbDestination&) = delete;
  DuckDbDestination& operator=(const DuckDbDestination&) = delete;
  ~DuckDbDestination() override {
    if (!closed_ && file_ && file_->log_bytes() > 0) static_cast<void>(close());
  }

  std::string describe() const override { return "DuckDB file " + options_.path; }

  Status accepts(const ApplyPlan& plan) const override { return accepts_duckdb(plan); }

  Result<std::unique_ptr<Transaction>> begin() override {
    if (options_.read_only) return std::unexpected(Error::internal(describe() + " was opened for reading only"));
    if (!writer_ || (writer_->commit_failed && !writer_->in_transaction)) LAKEFLOW_TRY(open_anew());
    // A checkpoint writes partly filled row groups again: within a run a long log is the lesser evil. DuckDB's own 16 MiB are reached by each
    // commit of wide rows.
    constexpr std::uintmax_t kTooLongLog = 256U << 20U;
    if (!writer_->in_transaction && file_->log_bytes() >= kTooLongLog) LAKEFLOW_TRY(shorten_log());
    return DuckDbTransaction::begin(*writer_);
  }

  void interrupt() override {
    const std::lock_guard lock(mutex_);
    if (writer_) writer_->interrupt();
    ++interruptions_;
    interrupted_.notify_all();
  }

  Result<std::optional<std::string>> find_state(const StateOwner& owner, std::string_view name) override {
    if (!has_state_) return std::nullopt;
    LAKEFLOW_ASSIGN(Connection connection, connect());
    return lakeflow::find_state(connection, owner, name);
  }

  Status scan_state(const StateOwner& owner, std::string_view prefix,
                    const std::function<Status(std::string_view, std::string_view)>& visit) override {
    if (!has_state_) return {};
    LAKEFLOW_ASSIGN(Connection connection, connect());
    return lakeflow::scan_state(connection, owner, prefix, visit);
  }

  Result<std::shared_ptr<arrow::RecordBatchReader>> query(std::string_view sql) override { return stoppable_query(sql, {}); }

  Result<std::shared_ptr<arrow::RecordBatchReader>> stoppable_query(std::string_view sql, std::stop_token stop) override {
    LAKEFLOW_ASSIGN(std::shared_ptr<DatabaseFile> file, file_to_read());
    return open_query(std::move(file), sql, std::move(stop));
  }

  Status between_runs() override {
    // What stands in the log is held in memory, and read again after a kill: at some 5 MB a second where the commits were small.
    constexpr std::uintmax_t kLongLog = 16U << 20U;
    if (!may_checkpoint() || file_->log_bytes() < kLongLog) return {};
    LAKEFLOW_TRY(shorten_log());
    file_->forget_blocks();
    return {};
  }

  Status backup(const std::string& path) override {
    LAKEFLOW_ASSIGN(const std::shared_ptr<DatabaseFile> file, file_to_read());
    return back_up_database(file, path);
  }

  Status rewrite() override {
    if (!may_checkpoint()) LAKEFLOW_TRY(open_anew());
    LAKEFLOW_ASSIGN(const std::string copy, copy_database(file_));
    // The log, too, may hold what was deleted. It is empty after a checkpoint, and must not be applied to the copy.
    LAKEFLOW_TRY(file_->checkpoint(writer_->connection, "FORCE CHECKPOINT"));
    closed_ = true;
    return put_in_place(copy, file_->path());
  }

  Status close() override {
    if (!may_checkpoint() || file_->has_foreign_log()) return {};
    closed_ = true;
    const Status closed = file_->checkpoint(writer_->connection);
    if (closed) return {};
    return std::unexpected(Error::destination(fmt::format("what was committed is safe, but stays in the log {0}.wal, as it could not be written into "
                                                          "the file: {1}",
                                                          file_->path(), closed.error().message()),
                                              closed.error().next_step().empty()
                                                  ? "Keep both files together; the next run tries again"
                                                  : "Keep both files together, and before the next run: " + closed.error().next_step()));
  }

 private:
  bool may_checkpoint() const { return writer_ && !writer_->commit_failed; }

  Status shorten_log() {
    LAKEFLOW_TRY(file_->check_before_commit());
    LAKEFLOW_TRY(file_->checkpoint(writer_->connection));
    return file_->check_after_commit();
  }

  // For who may read while the file is opened anew, from any thread.
  Result<std::shared_ptr<DatabaseFile>> file_to_read() const {
    const std::lock_guard lock(mutex_);
    if (file_) return file_;
    return std::unexpected(
        Error::destination(fmt::format("{} is not open: it has to be opened anew after a commit that failed", describe()), "Try again in a moment"));
  }

  Result<Connection> connect() const {
    LAKEFLOW_ASSIGN(std::shared_ptr<DatabaseFile> file, file_to_read());
    return Connection::open(std::move(file));
  }

  // After a commit that failed (DuckDbWriter::commit_failed). DuckDB must be gone from the file before: readers are waited for.
  Status open_anew() {
    std::shared_ptr<DatabaseFile> file;
    {
      const std::lock_guard lock(mutex_);
      writer_.reset();
      file = std::move(file_);
    }
    if (file) LAKEFLOW_TRY(let_go(std::move(file)));
    LAKEFLOW_ASSIGN(OpenFile open, open_file(options_));
    const std::lock_guard lock(mutex_);
    file_ = std::move(open.file);
    writer_ = std::move(open.writer);
    return {};
  }

  Status let_go(std::shared_ptr<DatabaseFile> file) {
    constexpr std::chrono::seconds kPatience{10};
    constexpr std::chrono::milliseconds kPause{5};
    const auto give_up = std::chrono::steady_clock::now() + kPatience;
    std::unique_lock lock(mutex_);
    const std::uint64_t interruptions = interruptions_;
    // Nobody gets it any more, so the count only falls.
    while (file.use_count() > 1 && interruptions_ == interruptions && std::chrono::steady_clock::now() < give_up) interrupted_.wait_for(lock, kPause);
    if (file.use_count() == 1) return {};
    // The last reader closes it; until then its lock stops open_file().
    return std::unexpected(
        Error::destination(fmt::format("{} has to be opened anew after a commit that failed, and queries still read it", describe()),
                           "Let them come to their end, and run again: what was committed is safe"));
  }

  const DuckDbOptions options_;
  bool has_state_;
  std::condition_variable interrupted_;
  std::uint64_t interruptions_ = 0;
  mutable std::mutex mutex_;            // of the two below, which only the thread that writes changes
  std::shared_ptr<DatabaseFile> file_;  // null while it is opened anew, and where that failed
  std::unique_ptr<DuckDbWriter> writer_;
  bool closed_ = false;
};

}  // namespace

Status accepts_duckdb(const ApplyPlan& plan) {
  const std::string table = plan.target.text();
  if (plan.target.schema.empty() || plan.target.table.empty()) return std::unexpected(Error::user("a destination's table needs a schema and a name"));
  if (plan.target.schema == "_lakeflow")
    return std::unexpected(Error::user(fmt::format("table {}: the schema _lakeflow is the framework's own", table)));
  if (!plan.partition_by.empty()) {
    return std::unexpected(Error::user(fmt::format("table {}: partition_by lays files out in folders, and a DuckDB destination is one file", table),
                                       "Take partition_by out, or choose a destination of kind parquet"));
  }
  LAKEFLOW_TRY(check_columns(plan));
  if (plan.mode == ApplyMode::kAppend) return {};
  if (plan.key_columns.empty()) return std::unexpected(Error::internal(fmt::format("table {} is compared by key and has none", table)));
  if (!plan.schema->GetFieldByName(std::string(kContentHashColumn))) {
    return std::unexpected(Error::internal(fmt::format("table {} is compared by content and has no {}", table, kContentHashColumn)));
  }
  return {};
}

Result<std::unique_ptr<Destination>> open_duckdb(const DuckDbOptions& options) {
  LAKEFLOW_ASSIGN(OpenFile open, open_file(options));
  return std::make_unique<DuckDbDestination>(options, std::move(open));
}

}  // namespace lakeflow
