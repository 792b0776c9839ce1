#include "destinations/sql/connection.h"

#include <fmt/format.h>

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

Result<ResultRows> Connection::query(std::string_view doing, const std::string& sql) {
  duckdb_result result{};
  const duckdb_state state = duckdb_query(connection_, sql.c_str(), &result);
  ResultRows rows(result);
  if (state != DuckDBSuccess) {
    return std::unexpected(working_failure(database_->path(), doing, duckdb_result_error(&rows.handle())));
  }
  return rows;
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
  duckdb_result result{};
  const duckdb_state state = duckdb_execute_prepared(statement.handle, &result);
  ResultRows rows(result);
  if (state != DuckDBSuccess) {
    return std::unexpected(working_failure(database_->path(), doing, duckdb_result_error(&rows.handle())));
  }
  return rows;
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
