#include "destinations/duckdb/duckdb_destination.h"

#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <fmt/format.h>

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

class DuckDbDestination final : public Destination {
 public:
  DuckDbDestination(std::shared_ptr<DatabaseFile> file, bool has_state, std::unique_ptr<DuckDbWriter> writer)
      : file_(std::move(file)), has_state_(has_state), writer_(std::move(writer)) {}

  DuckDbDestination(const DuckDbDestination&) = delete;
  DuckDbDestination& operator=(const DuckDbDestination&) = delete;
  ~DuckDbDestination() override {
    if (!closed_ && file_->log_bytes() > 0) static_cast<void>(close());
  }

  std::string describe() const override { return "DuckDB file " + file_->path(); }

  Status accepts(const ApplyPlan& plan) const override { return accepts_duckdb(plan); }

  Result<std::unique_ptr<Transaction>> begin() override {
    if (!writer_) return std::unexpected(Error::internal(describe() + " was opened for reading only"));
    // A checkpoint writes partly filled row groups again: within a run a long log is the lesser evil. DuckDB's own 16 MiB are reached by each
    // commit of wide rows.
    constexpr std::uintmax_t kTooLongLog = 256U << 20U;
    if (!writer_->in_transaction && file_->log_bytes() >= kTooLongLog) LAKEFLOW_TRY(shorten_log());
    return DuckDbTransaction::begin(*writer_);
  }

  void interrupt() override {
    if (writer_) writer_->interrupt();
  }

  Result<std::optional<std::string>> find_state(const StateOwner& owner, std::string_view name) override {
    if (!has_state_) return std::nullopt;
    LAKEFLOW_ASSIGN(Connection connection, Connection::open(file_));
    return lakeflow::find_state(connection, owner, name);
  }

  Status scan_state(const StateOwner& owner, std::string_view prefix,
                    const std::function<Status(std::string_view, std::string_view)>& visit) override {
    if (!has_state_) return {};
    LAKEFLOW_ASSIGN(Connection connection, Connection::open(file_));
    return lakeflow::scan_state(connection, owner, prefix, visit);
  }

  Result<std::shared_ptr<arrow::RecordBatchReader>> query(std::string_view sql) override { return open_query(file_, sql, {}); }

  Result<std::shared_ptr<arrow::RecordBatchReader>> stoppable_query(std::string_view sql, std::stop_token stop) override {
    return open_query(file_, sql, std::move(stop));
  }

  Status between_runs() override {
    // What stands in the log is held in memory, and read again after a kill: at some 5 MB a second where the commits were small.
    constexpr std::uintmax_t kLongLog = 16U << 20U;
    if (!writer_ || file_->log_bytes() < kLongLog) return {};
    LAKEFLOW_TRY(shorten_log());
    file_->forget_blocks();
    return {};
  }

  Status backup(const std::string& path) override { return back_up_database(file_, path); }

  Status rewrite() override {
    LAKEFLOW_ASSIGN(const std::string copy, copy_database(file_));
    // The log, too, may hold what was deleted. It is empty after a checkpoint, and must not be applied to the copy.
    LAKEFLOW_TRY(file_->checkpoint(writer_->connection, "FORCE CHECKPOINT"));
    closed_ = true;
    return put_in_place(copy, file_->path());
  }

  Status close() override {
    if (!writer_ || file_->has_foreign_log()) return {};
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
  Status shorten_log() {
    LAKEFLOW_TRY(file_->check_before_commit());
    LAKEFLOW_TRY(file_->checkpoint(writer_->connection));
    return file_->check_after_commit();
  }

  std::shared_ptr<DatabaseFile> file_;
  bool has_state_;
  std::unique_ptr<DuckDbWriter> writer_;  // null where the file is open for reading
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
  LAKEFLOW_ASSIGN(std::shared_ptr<DatabaseFile> file, DatabaseFile::open(options));
  LAKEFLOW_ASSIGN(Connection connection, Connection::open(file));
  LAKEFLOW_ASSIGN(const bool has_state, ensure_lakeflow_schema(connection));
  std::unique_ptr<DuckDbWriter> writer;
  if (!options.read_only) {
    writer = std::make_unique<DuckDbWriter>(std::move(connection));
    LAKEFLOW_TRY(writer->scanner.register_function());
  }
  return std::make_unique<DuckDbDestination>(std::move(file), has_state, std::move(writer));
}

}  // namespace lakeflow
