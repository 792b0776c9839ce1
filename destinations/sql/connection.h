#pragma once

#include <duckdb.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "base/clock.h"
#include "base/error.h"
#include "destinations/sql/database.h"

namespace lakeflow {

// A parameter of a statement.
struct Blob {
  std::string_view bytes;
};
struct Timestamp {
  TimestampMicros time;
};
using Parameter = std::variant<std::nullptr_t, std::int64_t, std::string_view, Blob, Timestamp>;

// The rows of a statement, chunk by chunk, whole in memory: for narrow and small results.
class ResultRows {
 public:
  explicit ResultRows(duckdb_result result) : result_(result) {}
  ResultRows(ResultRows&& other) noexcept;
  ResultRows& operator=(ResultRows&&) = delete;
  ~ResultRows();

  // Goes to the next chunk of rows; false after the last.
  bool next_chunk();
  std::size_t chunk_rows() const { return chunk_rows_; }

  // Of the chunk's row: the column must be a BIGINT, or a VARCHAR or BLOB.
  bool is_null(std::size_t column, std::size_t row) const;
  std::int64_t integer(std::size_t column, std::size_t row) const;
  std::string_view bytes(std::size_t column, std::size_t row) const;

  std::size_t columns() { return duckdb_column_count(&result_); }
  // Rows that an INSERT, DELETE or UPDATE changed.
  std::uint64_t rows_changed() { return duckdb_rows_changed(&result_); }
  duckdb_result& handle() { return result_; }

 private:
  duckdb_result result_;
  duckdb_data_chunk chunk_ = nullptr;
  std::size_t chunk_rows_ = 0;
};

// A connection to an open database. Used by one thread at a time; several may be open at once.
class Connection {
 public:
  static Result<Connection> open(std::shared_ptr<Database> database);
  Connection(Connection&& other) noexcept;
  Connection& operator=(Connection&&) = delete;
  ~Connection();

  // `doing` says in an error what was being done: "writing to bronze.Patient".
  Result<ResultRows> query(std::string_view doing, const std::string& sql);
  Result<ResultRows> query(std::string_view doing, const std::string& sql, std::span<const Parameter> parameters);
  Status execute(std::string_view doing, const std::string& sql, std::span<const Parameter> parameters = {});
  // The same, with the number of rows that the statement changed.
  Result<std::uint64_t> change(std::string_view doing, const std::string& sql, std::span<const Parameter> parameters = {});
  // The only value of a statement that gives one BIGINT.
  Result<std::int64_t> integer(std::string_view doing, const std::string& sql, std::span<const Parameter> parameters = {});

  duckdb_connection handle() const { return connection_; }
  const Database& database() const { return *database_; }

 private:
  Result<ResultRows> run(std::string_view doing, duckdb_prepared_statement statement);

  Connection(std::shared_ptr<Database> database, duckdb_connection connection) : database_(std::move(database)), connection_(connection) {}

  std::shared_ptr<Database> database_;
  duckdb_connection connection_;
};

}  // namespace lakeflow
