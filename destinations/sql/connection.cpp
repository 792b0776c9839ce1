#include "destinations/sql/connection.h"

#include <fmt/format.h>

#include <chrono>
#include <thread>
#include <utility>

#include "destinations/sql/duckdb_failure.h"

namespace lakeflow {
namespace {

class PreparedStatement {
 public:
  PreparedStatement() = default;
  PreparedStatement(const PreparedStatement&) = delete;
  PreparedStatement& operator=(const PreparedStatement&) = delete;
  ~PreparedStatement() { duckdb_destroy_prepare(&handle); }
  duckdb_prepared_statement handle = nullptr;
};

struct Bind {
  duckdb_prepared_statement statement;
  idx_t index;
  duckdb_state operator()(std::nullptr_t) const { return duckdb_bind_null(statement, index); }
  duckdb_state operator()(std::int64_t value) const { return duckdb_bind_int64(statement, index, value); }
  duckdb_state operator()(std::string_view text) const { return duckdb_bind_varchar_length(statement, index, text.data(), text.size()); }
  duckdb_state operator()(Blob blob) const { return duckdb_bind_blob(statement, index, blob.bytes.data(), blob.bytes.size()); }
  duckdb_state operator()(Timestamp value) const { return duckdb_bind_timestamp_tz(statement, index, duckdb_timestamp{value.time}); }
};

class PendingResult {
 public:
  explicit PendingResult(duckdb_prepared_statement statement) { duckdb_pending_prepared(statement, &handle_); }
  PendingResult(const PendingResult&) = delete;
  PendingResult& operator=(const PendingResult&) = delete;
  ~PendingResult() { duckdb_destroy_pending(&handle_); }

  // Takes part in the work until the result is there; false where it failed. Where only other threads have something to do this one sleeps: DuckDB's
  // own loop asks again and again, and used a quarter of the processor time of a load. duckdb_interrupt ends it.
  bool wait() const {
    constexpr std::chrono::microseconds kPause{50};
    duckdb_pending_state state = duckdb_pending_execute_task(handle_);
    for (; state == DUCKDB_PENDING_RESULT_NOT_READY || state == DUCKDB_PENDING_NO_TASKS_AVAILABLE; state = duckdb_pending_execute_task(handle_)) {
      if (state == DUCKDB_PENDING_NO_TASKS_AVAILABLE) std::this_thread::sleep_for(kPause);
    }
    return state == DUCKDB_PENDING_RESULT_READY;
  }
  const char* error() const { return duckdb_pending_error(handle_); }
  duckdb_state take(duckdb_result* result) const { return duckdb_execute_pending(handle_, result); }

 private:
  duckdb_pending_result handle_ = nullptr;
};

class ExtractedStatements {
 public:
  ExtractedStatements(duckdb_connection connection, const std::string& sql) : count_(duckdb_extract_statements(connection, sql.c_str(), &handle_)) {}
  ExtractedStatements(const ExtractedStatements&) = delete;
  ExtractedStatements& operator=(const ExtractedStatements&) = delete;
  ~ExtractedStatements() { duckdb_destroy_extracted(&handle_); }

  idx_t count() const { return count_; }  // 0 where they can't be read
  const char* error() const { return duckdb_extract_statements_error(handle_); }
  duckdb_extracted_statements handle() const { return handle_; }

 private:
  duckdb_extracted_statements handle_ = nullptr;
  idx_t count_;
};

}  // namespace

ResultRows::ResultRows(ResultRows&& other) noexcept
    : result_(std::exchange(other.result_, duckdb_result{})), chunk_(std::exchange(other.chunk_, nullptr)), chunk_rows_(other.chunk_rows_) {}

ResultRows::~ResultRows() {
  duckdb_destroy_data_chunk(&chunk_);
  duckdb_destroy_result(&result_);
}

bool ResultRows::next_chunk() {
  duckdb_destroy_data_chunk(&chunk_);
  chunk_ = duckdb_fetch_chunk(result_);
  chunk_rows_ = chunk_ == nullptr ? 0 : duckdb_data_chunk_get_size(chunk_);
  return chunk_rows_ > 0;
}

bool ResultRows::is_null(std::size_t column, std::size_t row) const {
  std::uint64_t* validity = duckdb_vector_get_validity(duckdb_data_chunk_get_vector(chunk_, column));
  return validity != nullptr && !duckdb_validity_row_is_valid(validity, row);
}

std::int64_t ResultRows::integer(std::size_t column, std::size_t row) const {
  return static_cast<const std::int64_t*>(duckdb_vector_get_data(duckdb_data_chunk_get_vector(chunk_, column)))[row];
}

std::string_view ResultRows::bytes(std::size_t column, std::size_t row) const {
  auto* values = static_cast<duckdb_string_t*>(duckdb_vector_get_data(duckdb_data_chunk_get_vector(chunk_, column)));
  return {duckdb_string_t_data(&values[row]), duckdb_string_t_length(values[row])};
}

Result<Connection> Connection::open(std::shared_ptr<Database> database) {
  duckdb_connection handle = nullptr;
  if (duckdb_connect(database->handle(), &handle) != DuckDBSuccess) {
    return std::unexpected(Error::destination("DuckDB refused another connection to " + database->path()));
  }
  Connection connection(std::move(database), handle);
  // Times as text must not depend on where we run: tombstones keep keys and sequences as text.
  LAKEFLOW_TRY(connection.execute("opening a connection", fmt::format("USE {}; SET TimeZone = 'UTC'", Database::kCatalog)));
  return connection;
}

Connection::Connection(Connection&& other) noexcept : database_(std::move(other.database_)), connection_(std::exchange(other.connection_, nullptr)) {}

Connection::~Connection() { duckdb_disconnect(&connection_); }

Result<ResultRows> Connection::run(std::string_view doing, duckdb_prepared_statement statement) {
  const PendingResult pending(statement);
  if (!pending.wait()) {
    return std::unexpected(working_failure(database_->path(), doing, pending.error()));
  }
  duckdb_result result{};
  const duckdb_state state = pending.take(&result);
  ResultRows rows(result);
  if (state != DuckDBSuccess) {
    return std::unexpected(working_failure(database_->path(), doing, duckdb_result_error(&rows.handle())));
  }
  return rows;
}

Result<ResultRows> Connection::query(std::string_view doing, const std::string& sql) {
  const ExtractedStatements statements(connection_, sql);
  if (statements.count() == 0) {
    return std::unexpected(working_failure(database_->path(), doing, statements.error()));
  }
  for (idx_t i = 0;; ++i) {
    PreparedStatement statement;
    if (duckdb_prepare_extracted_statement(connection_, statements.handle(), i, &statement.handle) != DuckDBSuccess) {
      return std::unexpected(working_failure(database_->path(), doing, duckdb_prepare_error(statement.handle)));
    }
    LAKEFLOW_ASSIGN(ResultRows rows, run(doing, statement.handle));
    if (i + 1 == statements.count()) return rows;
  }
}

Result<ResultRows> Connection::query(std::string_view doing, const std::string& sql, std::span<const Parameter> parameters) {
  if (parameters.empty()) return query(doing, sql);
  PreparedStatement statement;
  if (duckdb_prepare(connection_, sql.c_str(), &statement.handle) != DuckDBSuccess) {
    return std::unexpected(working_failure(database_->path(), doing, duckdb_prepare_error(statement.handle)));
  }
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    if (std::visit(Bind{statement.handle, i + 1}, parameters[i]) != DuckDBSuccess) {
      return std::unexpected(Error::internal("a parameter of a statement could not be bound, " + std::string(doing)));
    }
  }
  return run(doing, statement.handle);
}

Status Connection::execute(std::string_view doing, const std::string& sql, std::span<const Parameter> parameters) {
  LAKEFLOW_TRY(query(doing, sql, parameters));
  return {};
}

Result<std::uint64_t> Connection::change(std::string_view doing, const std::string& sql, std::span<const Parameter> parameters) {
  LAKEFLOW_ASSIGN(ResultRows rows, query(doing, sql, parameters));
  return rows.rows_changed();
}

Result<std::int64_t> Connection::integer(std::string_view doing, const std::string& sql, std::span<const Parameter> parameters) {
  LAKEFLOW_ASSIGN(ResultRows rows, query(doing, sql, parameters));
  if (!rows.next_chunk() || rows.is_null(0, 0)) {
    return std::unexpected(Error::internal("a statement gave no number, " + std::string(doing)));
  }
  return rows.integer(0, 0);
}

}  // namespace lakeflow
