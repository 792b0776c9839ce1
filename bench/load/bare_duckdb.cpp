#include "bench/load/bare_duckdb.h"

#include <arrow/c/bridge.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>

#include "destinations/sql/column_type.h"
#include "destinations/sql/sql_text.h"

namespace lakeflow::bench {
namespace {

[[noreturn]] void stop(const std::string& what) {
  fmt::print(stderr, "bare DuckDB: {}\n", what);
  std::exit(1);
}

void check(duckdb_error_data data) {
  if (data != nullptr && duckdb_error_data_has_error(data)) stop(duckdb_error_data_message(data));
  duckdb_destroy_error_data(&data);
}

}  // namespace

BareDuckDb::BareDuckDb(const std::string& path, std::int64_t memory_limit, const ApplyPlan& plan) : plan_(plan) {
  duckdb_config config = nullptr;
  duckdb_create_config(&config);
  duckdb_set_config(config, "memory_limit", fmt::format("{}B", memory_limit).c_str());
  char* message = nullptr;
  if (duckdb_open_ext(path.c_str(), &database_, config, &message) != DuckDBSuccess) stop(message);
  duckdb_destroy_config(&config);
  if (duckdb_connect(database_, &connection_) != DuckDBSuccess) stop("no connection");
  execute("CREATE SCHEMA IF NOT EXISTS bench");
  execute(fmt::format("CREATE TABLE IF NOT EXISTS {} ({})", quote_table(plan.target), columns()));
  ArrowSchema schema{};
  if (!arrow::ExportSchema(*plan.schema, &schema).ok()) stop("no schema");
  check(duckdb_schema_from_arrow(connection_, &schema, &converted_));
  if (schema.release != nullptr) schema.release(&schema);
}

BareDuckDb::~BareDuckDb() {
  duckdb_destroy_arrow_converted_schema(&converted_);
  duckdb_disconnect(&connection_);
  duckdb_close(&database_);
}

std::string BareDuckDb::columns() const {
  std::string out;
  for (const auto& field : plan_.schema->fields()) {
    const Result<ColumnType> type = ColumnType::from_arrow(*field->type());
    if (!type) stop(type.error().message());
    out += fmt::format("{}{} {}", out.empty() ? "" : ", ", quote_identifier(field->name()), type->sql());
  }
  return out;
}

void BareDuckDb::execute(const std::string& sql) {
  duckdb_result result{};
  if (duckdb_query(connection_, sql.c_str(), &result) != DuckDBSuccess) stop(duckdb_result_error(&result));
  duckdb_destroy_result(&result);
}

void BareDuckDb::append_to(const char* schema, const std::string& table, const arrow::RecordBatch& batch) {
  if (appender_ == nullptr && duckdb_appender_create(connection_, schema, table.c_str(), &appender_) != DuckDBSuccess) stop("no appender");
  ArrowArray exported{};
  if (!arrow::ExportRecordBatch(batch, &exported).ok()) stop("no export");
  duckdb_data_chunk chunk = nullptr;
  check(duckdb_data_chunk_from_arrow(connection_, &exported, converted_, &chunk));
  if (duckdb_append_data_chunk(appender_, chunk) != DuckDBSuccess) stop(duckdb_appender_error(appender_));
  duckdb_destroy_data_chunk(&chunk);
}

void BareDuckDb::append(const arrow::RecordBatch& batch) { append_to(plan_.target.schema.c_str(), plan_.target.table, batch); }

void BareDuckDb::flush() {
  if (appender_ == nullptr) return;
  if (duckdb_appender_close(appender_) != DuckDBSuccess) stop(duckdb_appender_error(appender_));
  duckdb_appender_destroy(&appender_);
}

void BareDuckDb::stage(const arrow::RecordBatch& batch) {
  if (appender_ == nullptr) execute(fmt::format("CREATE OR REPLACE TEMP TABLE staged ({})", columns()));
  append_to("main", "staged", batch);
}

void BareDuckDb::merge_staged() {
  flush();
  std::string set;
  for (const auto& field : plan_.schema->fields()) set += fmt::format("{0}{1} = s.{1}", set.empty() ? "" : ", ", quote_identifier(field->name()));
  // Without a look at the sequence: DuckDB 1.4 fails to bind a struct's member there, and what is staged is newer anyway.
  execute(fmt::format("MERGE INTO {0} t USING temp.staged s ON t.{1} = s.{1} WHEN MATCHED THEN UPDATE SET {2} WHEN NOT MATCHED THEN INSERT",
                      quote_table(plan_.target), quote_identifier(plan_.key_columns.front()), set));
}

}  // namespace lakeflow::bench
