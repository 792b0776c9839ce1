#include "tests/soak/published_rows.h"

#include <duckdb.h>
#include <fmt/format.h>

#include <algorithm>

namespace lakeflow::test {
namespace {

namespace fs = std::filesystem;

bool has_files(const fs::path& folder) {
  std::error_code missing;
  return std::ranges::any_of(fs::directory_iterator(folder, missing), [](const auto& entry) { return entry.path().extension() == ".parquet"; });
}

Result<std::vector<std::string>> first_column(duckdb_connection connection, const std::string& sql) {
  duckdb_result result;
  std::vector<std::string> lines;
  const bool read = duckdb_query(connection, sql.c_str(), &result) == DuckDBSuccess;
  std::string failure;
  if (read) {
    for (idx_t row = 0; row < duckdb_row_count(&result); ++row) {
      char* text = duckdb_value_varchar(&result, 0, row);
      lines.emplace_back(text);
      duckdb_free(text);
    }
  } else {
    failure = duckdb_result_error(&result);
  }
  duckdb_destroy_result(&result);
  if (!read) return std::unexpected(Error::destination(failure));
  return lines;
}

}  // namespace

Result<std::vector<std::string>> published_rows(const fs::path& table_folder, const std::string& but_column) {
  if (!has_files(table_folder)) return std::vector<std::string>();
  duckdb_database database = nullptr;
  duckdb_connection connection = nullptr;
  if (duckdb_open(nullptr, &database) != DuckDBSuccess || duckdb_connect(database, &connection) != DuckDBSuccess) {
    return std::unexpected(Error::internal("DuckDB does not open in memory"));
  }
  auto rows =
      first_column(connection, fmt::format("SELECT to_json(r)::VARCHAR FROM (SELECT COLUMNS(c -> c NOT IN ('_ingestion_timestamp', '_run_id', '{}')) "
                                           "FROM read_parquet('{}/*.parquet', union_by_name = true)) r",
                                           but_column, table_folder.string()));
  duckdb_disconnect(&connection);
  duckdb_close(&database);
  if (rows) std::ranges::sort(*rows);
  return rows;
}

}  // namespace lakeflow::test
