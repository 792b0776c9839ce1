#include "destinations/duckdb/narrow_rows.h"

#include <arrow/array/array_base.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <fmt/format.h>

#include <optional>
#include <utility>

#include "destinations/duckdb/physical_shape.h"
#include "destinations/duckdb/stored_table.h"
#include "destinations/sql/sql_text.h"

namespace lakeflow {
namespace {

// What a table (quoted) with the columns `from` lacks to have those of `to`, which are the same, grown.
Status alter_columns(Connection& connection, const std::string& doing, const std::string& table, const ColumnType& from, const ColumnType& to) {
  for (const ColumnType::Member& column : to.members) {
    const ColumnType* const lies = from.find(column.name);
    const std::string type = column.type->sql();
    if (lies != nullptr && lies->sql() == type) continue;
    LAKEFLOW_TRY(connection.execute(
        doing, fmt::format(fmt::runtime(lies == nullptr ? "ALTER TABLE {} ADD COLUMN {} {}" : "ALTER TABLE {} ALTER COLUMN {} TYPE {}"), table,
                           quote_identifier(column.name), type)));
  }
  return {};
}

}  // namespace

NarrowRows::NarrowRows(Connection& connection, const TableName& table)
    : connection_(&connection), table_(table), rows_(quote_table(rows_table(table))), doing_("writing to table " + table.text()) {}

Result<NarrowRows> NarrowRows::open(Connection& connection, const TableName& table) {
  NarrowRows rows(connection, table);
  LAKEFLOW_TRY(rows.look_again());
  return rows;
}

Status NarrowRows::look_again() {
  LAKEFLOW_ASSIGN(declared_, stored_columns(*connection_, doing_, quote_table(table_)));
  LAKEFLOW_ASSIGN(stored_, stored_columns(*connection_, doing_, rows_));
  whole_.reset();
  return {};
}

Result<ChangeSlice> NarrowRows::fit(const ChangeSlice& slice) {
  ColumnType needed;
  needed.id = DUCKDB_TYPE_STRUCT;
  for (int i = 0; i < slice.rows->num_columns(); ++i) {
    const arrow::Field& field = *slice.rows->schema()->field(i);
    LAKEFLOW_ASSIGN(const ColumnType type, ColumnType::from_arrow(*field.type()));
    std::optional<ColumnType> used = used_part(*slice.rows->column(i), type);
    if (used) needed.members.push_back({field.name(), std::make_unique<ColumnType>(*std::move(used))});
  }
  LAKEFLOW_TRY(grow(declared_part(declared_, needed)));
  if (whole_ != slice.rows->schema()) {
    whole_ = slice.rows->schema();
    part_ = schema_part(*whole_, stored_);
  }
  return ChangeSlice{batch_part(*slice.rows, part_), slice.keys};
}

Status NarrowRows::grow(const ColumnType& needed) {
  ColumnType grown = grown_type(stored_, needed);
  if (grown.sql() == stored_.sql()) return {};
  if (has_changes_) {
    LAKEFLOW_TRY(copy_rows(*connection_, doing_, rows_table(table_), grown));
    has_changes_ = false;
  } else {
    LAKEFLOW_TRY(alter_columns(*connection_, doing_, rows_, stored_, grown));
  }
  stored_ = std::move(grown);
  whole_.reset();
  return replace_view(*connection_, doing_, table_, declared_, stored_);
}

Status create_view(Connection& connection, const std::string& doing, const ApplyPlan& plan, const ColumnType& declared) {
  const ColumnType stored = declared_part(declared, kept_part(plan, declared));
  LAKEFLOW_TRY(connection.execute(doing, fmt::format("CREATE TABLE {} ({})", quote_table(rows_table(plan.target)), column_definitions(stored))));
  return replace_view(connection, doing, plan.target, declared, stored);
}

Status bring_back_view(Connection& connection, const std::string& doing, const TableName& table) {
  LAKEFLOW_ASSIGN(const bool is_there, has_view(connection, doing, table));
  if (is_there) return {};
  LAKEFLOW_ASSIGN(const ColumnType stored, stored_columns(connection, doing, quote_table(rows_table(table))));
  return replace_view(connection, doing, table, stored, stored);
}

Status grow_view(Connection& connection, const std::string& doing, const ApplyPlan& plan, const ColumnType& existing, const ColumnType& grown) {
  const std::string rows = quote_table(rows_table(plan.target));
  LAKEFLOW_ASSIGN(const ColumnType stored, stored_columns(connection, doing, rows));
  const ColumnType needed = grown_type(stored, declared_part(grown, grown_type(kept_part(plan, grown), stored)));
  if (existing.sql() == grown.sql() && stored.sql() == needed.sql()) return {};
  LAKEFLOW_TRY(alter_columns(connection, doing, rows, stored, needed));
  return replace_view(connection, doing, plan.target, grown, needed);
}

}  // namespace lakeflow
