#include "destinations/sql/database.h"

#include <fmt/format.h>

#include "destinations/sql/duckdb_failure.h"
#include "destinations/sql/sql_text.h"

namespace lakeflow {

DatabaseSettings::DatabaseSettings() { duckdb_create_config(&handle_); }

DatabaseSettings::~DatabaseSettings() { duckdb_destroy_config(&handle_); }

Status DatabaseSettings::set(const char* name, const std::string& value) {
  if (duckdb_set_config(handle_, name, value.c_str()) == DuckDBSuccess) return {};
  return std::unexpected(Error::internal(fmt::format("DuckDB does not take the setting {}", name)));
}

Result<std::shared_ptr<Database>> Database::in_memory(std::string path, const DatabaseSettings& settings) {
  std::shared_ptr<Database> database(new Database(std::move(path)));
  LAKEFLOW_TRY(database->start(settings, ":memory:", ""));
  return database;
}

Database::~Database() { close(); }

// DuckDB begins in memory, where nothing is kept, and then takes what it is for.
Status Database::start(const DatabaseSettings& settings, const std::string& target, const std::string& options,
                       const std::vector<std::string>& folders) {
  char* message = nullptr;
  if (duckdb_open_ext(nullptr, &database_, settings.handle(), &message) != DuckDBSuccess) {
    Error error = opening_failure(path_, message == nullptr ? "" : message);
    duckdb_free(message);
    return std::unexpected(std::move(error));
  }
  duckdb_connection connection = nullptr;
  if (duckdb_connect(database_, &connection) != DuckDBSuccess) return std::unexpected(opening_failure(path_, ""));
  Status started;
  // Queries come from users, also over the socket of a run.
  std::string allowed;
  for (const std::string& folder : folders) {
    if (!folder.empty()) allowed += (allowed.empty() ? "" : ", ") + quote_text(folder);
  }
  if (!allowed.empty()) allowed = fmt::format("SET allowed_directories = [{}]", allowed);
  for (const std::string& sql :
       {fmt::format("ATTACH {} AS {} {}", quote_text(target), kCatalog, options), allowed, std::string("SET enable_external_access = false")}) {
    if (!started || sql.empty()) continue;
    duckdb_result result{};
    if (duckdb_query(connection, sql.c_str(), &result) != DuckDBSuccess) {
      started = std::unexpected(opening_failure(path_, duckdb_result_error(&result)));
    }
    duckdb_destroy_result(&result);
  }
  duckdb_disconnect(&connection);
  return started;
}

void Database::close() { duckdb_close(&database_); }

}  // namespace lakeflow
