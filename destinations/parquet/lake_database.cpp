#include "destinations/parquet/lake_database.h"

#include <arrow/type.h>
#include <fmt/format.h>
#include <stdlib.h>

#include <array>
#include <filesystem>
#include <system_error>
#include <utility>
#include <vector>

#include "destinations/parquet/lake_rows.h"
#include "destinations/parquet/system_tables.h"
#include "destinations/sql/connection.h"
#include "destinations/sql/sql_text.h"

namespace lakeflow {
namespace {

namespace fs = std::filesystem;

constexpr const char* kDoing = "preparing the tables for queries";

// What belongs to no file: state lies in the log, and a table that only appends has no tombstones.
constexpr const char* kOwnTables = R"sql(
CREATE SCHEMA IF NOT EXISTS _lakeflow;
CREATE TABLE _lakeflow.state (
  pipeline VARCHAR, source_table VARCHAR, destination_table VARCHAR, name VARCHAR, value BLOB, updated_at TIMESTAMPTZ);
CREATE TABLE _lakeflow.tombstones (destination_table VARCHAR, key VARCHAR[], sequence VARCHAR[], deleted_at TIMESTAMPTZ);
)sql";

std::string view_sql(const LakeFolder& folder, const TableName& name, const LakeTable& table, const LakeTables& tables) {
  std::string rows = rows_sql(folder, table);
  if (name == kRunsTable) rows = newest_runs_sql(rows);
  // A lake that was not written since an older version keeps the older one's columns.
  const auto changes = tables.find(kQuarantineChangesTable);
  if (name == kQuarantineTable && changes != tables.end()) rows = quarantine_sql(rows, rows_sql(folder, *changes->second));
  if (name == kQuarantineChangesTable) rows = fmt::format("SELECT * EXCLUDE (line) FROM ({})", rows);
  return fmt::format("CREATE SCHEMA IF NOT EXISTS {}; CREATE VIEW {} AS {};", quote_identifier(name.schema), quote_table(name), rows);
}

Status fill_state(Connection& connection, const LakeState& state) {
  duckdb_appender appender = nullptr;
  if (duckdb_appender_create_ext(connection.handle(), Database::kCatalog, "_lakeflow", "state", &appender) != DuckDBSuccess) {
    duckdb_appender_destroy(&appender);
    return std::unexpected(Error::internal("DuckDB does not take the lake's state"));
  }
  bool taken = true;
  for (const auto& [owner, entries] : state) {
    for (const auto& [name, value] : entries) {
      for (const std::string* text : std::array{&owner.pipeline, &owner.source_table, &owner.destination_table, &name}) {
        taken = taken && duckdb_append_varchar_length(appender, text->data(), text->size()) == DuckDBSuccess;
      }
      taken = taken && duckdb_append_blob(appender, value.bytes.data(), value.bytes.size()) == DuckDBSuccess &&
              duckdb_append_timestamp(appender, duckdb_timestamp{value.updated_at}) == DuckDBSuccess &&
              duckdb_appender_end_row(appender) == DuckDBSuccess;
    }
  }
  taken = duckdb_appender_destroy(&appender) == DuckDBSuccess && taken;
  if (!taken) return std::unexpected(Error::internal("DuckDB does not take the lake's state"));
  return {};
}

}  // namespace

std::optional<FileLock> LakeDatabase::lock(const LakeFolder& folder) {
  // A writer is in the way for the moments of a sweep.
  Result<FileLock> lock = FileLock::wait(folder.readers_lock(), FileLock::Mode::kShared);
  return lock ? std::optional(*std::move(lock)) : std::nullopt;
}

Result<std::shared_ptr<Database>> LakeDatabase::open(const LakeFolder& folder, std::optional<FileLock> reading, const LakeContent& content) {
  std::shared_ptr<LakeDatabase> database(new LakeDatabase(folder.root().string(), std::move(reading)));
  std::string scratch = (fs::absolute(folder.queries()) / "XXXXXX").string();
  if (::mkdtemp(scratch.data()) != nullptr) database->scratch_ = scratch;
  DatabaseSettings settings;
  LAKEFLOW_TRY(settings.set("temp_directory", database->scratch_));
  // Nothing is fetched from the network behind the user's back.
  LAKEFLOW_TRY(settings.set("autoinstall_known_extensions", "false"));
  LAKEFLOW_TRY(settings.set("autoload_known_extensions", "false"));
  LAKEFLOW_TRY(database->start(settings, ":memory:", "", {fs::absolute(folder.root()).string(), as_pattern(fs::absolute(folder.root()))}));
  LAKEFLOW_ASSIGN(Connection connection, Connection::open(database));
  LAKEFLOW_TRY(connection.execute(kDoing, kOwnTables));
  LAKEFLOW_TRY(fill_state(connection, content.state));
  for (const auto& [name, table] : content.tables) LAKEFLOW_TRY(connection.execute(kDoing, view_sql(folder, name, *table, content.tables)));
  return database;
}

LakeDatabase::~LakeDatabase() {
  close();
  std::error_code ignored;
  if (!scratch_.empty()) fs::remove_all(scratch_, ignored);
}

}  // namespace lakeflow
