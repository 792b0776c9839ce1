#include "destinations/duckdb/lakeflow_schema.h"

#include <fmt/format.h>

#include <iterator>
#include <string>

#include "destinations/duckdb/database_file.h"

namespace lakeflow {
namespace {

constexpr const char* kDoing = "preparing the schema _lakeflow";

// What each version added. A new file goes through all of them, an older one through those that it lacks.
struct LakeflowSchemaChange {
  int version;
  const char* sql;
};

// No keys are declared: DuckDB's indexes refuse a row that was deleted and inserted again in one transaction.
constexpr LakeflowSchemaChange kChanges[] = {
    {1, R"sql(
CREATE SCHEMA _lakeflow;
CREATE TABLE _lakeflow.version (version INTEGER NOT NULL, created_at TIMESTAMPTZ NOT NULL);
CREATE TABLE _lakeflow.state (
  pipeline VARCHAR NOT NULL, source_table VARCHAR NOT NULL, destination_table VARCHAR NOT NULL,
  name VARCHAR NOT NULL, value BLOB NOT NULL, updated_at TIMESTAMPTZ NOT NULL);
CREATE TABLE _lakeflow.tombstones (
  destination_table VARCHAR NOT NULL, key VARCHAR[] NOT NULL, sequence VARCHAR[] NOT NULL, deleted_at TIMESTAMPTZ NOT NULL);
CREATE TABLE _lakeflow.quarantine (
  run_id VARCHAR NOT NULL, pipeline VARCHAR NOT NULL, quarantined_at TIMESTAMPTZ NOT NULL,
  source_table VARCHAR NOT NULL, destination_table VARCHAR NOT NULL, reason VARCHAR NOT NULL, detail VARCHAR NOT NULL,
  origin VARCHAR NOT NULL, position UBIGINT NOT NULL, bytes BLOB NOT NULL);
CREATE TABLE _lakeflow.runs (
  run_id VARCHAR NOT NULL, pipeline VARCHAR NOT NULL, started_at TIMESTAMPTZ NOT NULL, finished_at TIMESTAMPTZ,
  outcome VARCHAR NOT NULL, error VARCHAR NOT NULL);
CREATE TABLE _lakeflow.passes (
  run_id VARCHAR NOT NULL, chunk BIGINT NOT NULL, committed_at TIMESTAMPTZ NOT NULL, tables VARCHAR NOT NULL,
  bytes_read BIGINT NOT NULL, records_read BIGINT NOT NULL, records_decoded BIGINT NOT NULL, records_quarantined BIGINT NOT NULL,
  records_filtered MAP(VARCHAR, BIGINT) NOT NULL);
CREATE TABLE _lakeflow.commits (
  run_id VARCHAR NOT NULL, chunk BIGINT NOT NULL, committed_at TIMESTAMPTZ NOT NULL,
  pipeline VARCHAR NOT NULL, source_table VARCHAR NOT NULL, destination_table VARCHAR NOT NULL,
  rows_decoded BIGINT NOT NULL, rejected BIGINT NOT NULL, rescued BIGINT NOT NULL,
  inserted BIGINT NOT NULL, updated BIGINT NOT NULL, unchanged BIGINT NOT NULL, superseded BIGINT NOT NULL, deleted BIGINT NOT NULL,
  absent BIGINT NOT NULL);
)sql"},
    {2, R"sql(
CREATE TABLE _lakeflow.failures (
  run_id VARCHAR NOT NULL, failed_at TIMESTAMPTZ NOT NULL, pipeline VARCHAR NOT NULL, source_table VARCHAR NOT NULL,
  destination_table VARCHAR NOT NULL, kind VARCHAR NOT NULL, message VARCHAR NOT NULL);
CREATE TABLE _lakeflow.state_changes (
  changed_at TIMESTAMPTZ NOT NULL, changed_by VARCHAR NOT NULL, pipeline VARCHAR NOT NULL, source_table VARCHAR NOT NULL,
  destination_table VARCHAR NOT NULL, name VARCHAR NOT NULL, old_value BLOB, new_value BLOB, reason VARCHAR NOT NULL);
CREATE TABLE _lakeflow.erasures (
  erased_at TIMESTAMPTZ NOT NULL, erased_by VARCHAR NOT NULL, pipeline VARCHAR NOT NULL, reason VARCHAR NOT NULL, receipt VARCHAR NOT NULL);
)sql"},
    {3, R"sql(
ALTER TABLE _lakeflow.quarantine ADD COLUMN is_delete BOOLEAN DEFAULT false;
ALTER TABLE _lakeflow.quarantine ADD COLUMN landing_tables VARCHAR;
ALTER TABLE _lakeflow.quarantine ADD COLUMN id VARCHAR;
ALTER TABLE _lakeflow.quarantine ADD COLUMN times_seen BIGINT DEFAULT 1;
ALTER TABLE _lakeflow.quarantine ADD COLUMN last_seen_at TIMESTAMPTZ;
ALTER TABLE _lakeflow.quarantine ADD COLUMN state VARCHAR DEFAULT 'open';
UPDATE _lakeflow.quarantine SET last_seen_at = quarantined_at, landing_tables = destination_table,
  id = md5(concat_ws('|', run_id, pipeline, source_table, destination_table, reason, origin, position, detail, md5(bytes)));
CREATE TABLE _lakeflow.quarantine_changes (
  changed_at TIMESTAMPTZ NOT NULL, changed_by VARCHAR NOT NULL, pipeline VARCHAR NOT NULL, id VARCHAR NOT NULL, change VARCHAR NOT NULL,
  run_id VARCHAR NOT NULL, reason VARCHAR NOT NULL, detail VARCHAR NOT NULL);
)sql"},
    // Nothing is changed here: from now on wide tables are views (stored_table.h), which who knows version 3 would take for no tables of ours.
    {4, ""},
};
static_assert(std::end(kChanges)[-1].version == kLakeflowSchemaVersion);

// In one transaction: a process that dies in the middle leaves the version that was there.
Status move_forward(Connection& connection, std::int64_t from) {
  std::string sql = "BEGIN;";
  for (const LakeflowSchemaChange& change : kChanges) {
    if (change.version > from) sql += fmt::format("{} INSERT INTO _lakeflow.version VALUES ({}, now());", change.sql, change.version);
  }
  LAKEFLOW_TRY(connection.database().prepare_log());
  return connection.execute(kDoing, sql + "COMMIT;");
}

}  // namespace

Result<bool> ensure_lakeflow_schema(Connection& connection) {
  LAKEFLOW_ASSIGN(
      const std::int64_t found,
      connection.integer(kDoing,
                         "SELECT count(*) FROM duckdb_tables() WHERE database_name = current_database() AND schema_name = '_lakeflow' AND "
                         "table_name = 'version'"));
  if (found == 0 && connection.database().read_only()) return false;
  if (found == 0) {
    LAKEFLOW_TRY(move_forward(connection, 0));
    return true;
  }
  LAKEFLOW_ASSIGN(const std::int64_t version, connection.integer(kDoing, "SELECT max(version)::BIGINT FROM _lakeflow.version"));
  if (version > kLakeflowSchemaVersion) {
    return std::unexpected(
        Error::destination(fmt::format("DuckDB file {} was written by a newer lakeflow: its schema _lakeflow has version {}, this program knows {}",
                                       connection.database().path(), version, kLakeflowSchemaVersion),
                           "Upgrade lakeflow, or choose another destination path; the file was not changed"));
  }
  if (version < kLakeflowSchemaVersion && !connection.database().read_only()) LAKEFLOW_TRY(move_forward(connection, version));
  return true;
}

}  // namespace lakeflow
