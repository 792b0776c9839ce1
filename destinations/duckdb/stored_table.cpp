#include "destinations/duckdb/stored_table.h"

#include <fmt/format.h>

#include <utility>
#include <vector>

#include "destinations/duckdb/database_file.h"
#include "destinations/sql/row_columns.h"
#include "destinations/sql/sql_text.h"

namespace lakeflow {
namespace {

// Whether there is a view of this name, and whether it reads the rows that lie behind a view of ours.
struct FoundView {
  bool is_there = false;
  bool is_ours = false;
};

Result<FoundView> find_view(Connection& connection, const std::string& doing, const TableName& table) {
  const Parameter names[] = {std::string_view(table.schema), std::string_view(table.table)};
  LAKEFLOW_ASSIGN(ResultRows rows,
                  connection.query(doing,
                                   "SELECT sql FROM duckdb_views() WHERE database_name = current_database() AND lower(schema_name) = lower($1) AND "
                                   "lower(view_name) = lower($2)",
                                   names));
  FoundView found;
  found.is_there = rows.next_chunk();
  if (found.is_there) {
    found.is_ours = lower_name(rows.bytes(0, 0)).find(lower_name(quote_identifier(rows_table(table).table))) != std::string::npos;
  }
  return found;
}

// Where DuckDB's numbers of rows begin that are not committed.
constexpr std::int64_t kFirstOwnRow = 36'028'797'018'960'000;

// The declared columns over the stored ones.
std::string declared_columns(const ColumnType& declared, const ColumnType& stored) {
  std::string columns;
  for (const ColumnType::Member& column : declared.members) {
    const std::string name = quote_identifier(column.name);
    const std::string type = column.type->sql();
    const ColumnType* const lies = stored.find(column.name);
    columns += columns.empty() ? "" : ", ";
    // As it lies where it can: DuckDB then reads single members of a struct.
    columns += lies != nullptr && lies->sql() == type ? name : fmt::format("CAST({} AS {}) AS {}", lies == nullptr ? "NULL" : name, type, name);
  }
  return columns;
}

Result<std::vector<std::pair<std::string, std::string>>> comments_of(Connection& connection, const std::string& doing, const TableName& table) {
  const Parameter names[] = {std::string_view(table.schema), std::string_view(table.table)};
  LAKEFLOW_ASSIGN(
      ResultRows rows,
      connection.query(doing,
                       "SELECT column_name, comment FROM duckdb_columns() WHERE database_name = current_database() AND lower(schema_name) = "
                       "lower($1) AND lower(table_name) = lower($2) AND comment IS NOT NULL",
                       names));
  std::vector<std::pair<std::string, std::string>> comments;
  while (rows.next_chunk()) {
    for (std::size_t i = 0; i < rows.chunk_rows(); ++i) comments.emplace_back(rows.bytes(0, i), rows.bytes(1, i));
  }
  return comments;
}

Status comment_on(Connection& connection, const std::string& doing, const TableName& table,
                  const std::vector<std::pair<std::string, std::string>>& comments) {
  for (const auto& [column, comment] : comments) {
    LAKEFLOW_TRY(
        connection.execute(doing, fmt::format("COMMENT ON COLUMN {}.{} IS {}", quote_table(table), quote_identifier(column), quote_text(comment))));
  }
  return {};
}

}  // namespace

std::string column_definitions(const ColumnType& columns) {
  std::string out;
  for (const ColumnType::Member& column : columns.members) {
    out += fmt::format("{}{} {}", out.empty() ? "" : ", ", quote_identifier(column.name), column.type->sql());
  }
  return out;
}

TableName rows_table(const TableName& table) { return {"_lakeflow", "rows_of_" + table.text()}; }

Result<TableLayout> find_layout(Connection& connection, const std::string& doing, const TableName& table) {
  // Views first: DuckDB lists its tables slowly where they are many and wide.
  LAKEFLOW_ASSIGN(const FoundView view, find_view(connection, doing, table));
  if (view.is_ours) return TableLayout::kView;
  if (view.is_there) {
    return std::unexpected(Error::user(fmt::format("{} is a view that was not made by lakeflow", table.text()),
                                       "Drop or rename it, or choose another destination_table"));
  }
  const TableName rows = rows_table(table);
  const Parameter names[] = {std::string_view(table.schema), std::string_view(table.table), std::string_view(rows.schema),
                             std::string_view(rows.table)};
  LAKEFLOW_ASSIGN(
      const std::int64_t found,
      connection.integer(doing,
                         "SELECT coalesce(max(CASE WHEN lower(schema_name) = lower($1) AND lower(table_name) = lower($2) THEN 2 ELSE 1 END), "
                         "0)::BIGINT FROM duckdb_tables() WHERE database_name = current_database() AND (lower(schema_name) = lower($1) AND "
                         "lower(table_name) = lower($2) OR schema_name = $3 AND lower(table_name) = lower($4))",
                         names));
  if (found == 0) return TableLayout::kNone;
  return found == 2 ? TableLayout::kPlain : TableLayout::kView;
}

Result<bool> has_view(Connection& connection, const std::string& doing, const TableName& table) {
  LAKEFLOW_ASSIGN(const FoundView view, find_view(connection, doing, table));
  return view.is_there;
}

std::string rows_of(const TableName& table, TableLayout layout) { return quote_table(layout == TableLayout::kView ? rows_table(table) : table); }

Status drop_stored_table(Connection& connection, const std::string& doing, const TableName& table) {
  LAKEFLOW_ASSIGN(const TableLayout layout, find_layout(connection, doing, table));
  if (layout == TableLayout::kNone) return {};
  return connection.execute(doing, fmt::format("DROP {} IF EXISTS {}; DROP TABLE IF EXISTS {}", layout == TableLayout::kView ? "VIEW" : "TABLE",
                                               quote_table(table), quote_table(rows_table(table))));
}

Status copy_rows(Connection& connection, const std::string& doing, const TableName& table, const ColumnType& columns) {
  const TableName copy = {table.schema, table.table + "__copy"};
  LAKEFLOW_ASSIGN(const ColumnType old, stored_columns(connection, doing, quote_table(table)));
  LAKEFLOW_ASSIGN(const auto comments, comments_of(connection, doing, table));
  std::string names;
  for (const ColumnType::Member& column : old.members) names += (names.empty() ? "" : ", ") + quote_identifier(column.name);
  LAKEFLOW_TRY(connection.execute(
      doing, fmt::format("CREATE TABLE {0} ({1}); INSERT INTO {0} ({2}) SELECT {2} FROM {3}; DROP TABLE {3}; "
                         "ALTER TABLE {0} RENAME TO {4}",
                         quote_table(copy), column_definitions(columns), names, quote_table(table), quote_identifier(table.table))));
  return comment_on(connection, doing, table, comments);
}

Result<std::uint64_t> delete_numbered(Connection& connection, const std::string& doing, const TableName& table, const std::string& numbers,
                                      TakenBack& taken_back) {
  const std::string rows = quote_table(table);
  if (!taken_back.contains(table)) {
    LAKEFLOW_ASSIGN(const std::int64_t own, connection.integer(doing, fmt::format("SELECT count(*) FROM {} WHERE rowid >= {} AND rowid IN ({})", rows,
                                                                                  kFirstOwnRow, numbers)));
    if (own > 0) taken_back.insert(table);
  }
  return connection.change(doing, fmt::format("DELETE FROM {} WHERE rowid IN ({})", rows, numbers));
}

Status copy_taken_back(Connection& connection, const TakenBack& taken_back) {
  for (const TableName& table : taken_back) {
    const std::string doing = "writing to table " + table.text();
    // How many there were is told by the last number: some may be gone.
    LAKEFLOW_ASSIGN(const std::int64_t last, connection.integer(doing, fmt::format("SELECT coalesce(max(rowid), 0) FROM {}", quote_table(table))));
    if (last - kFirstOwnRow < kRowGroupRows) continue;
    LAKEFLOW_ASSIGN(const ColumnType columns, stored_columns(connection, doing, quote_table(table)));
    LAKEFLOW_TRY(copy_rows(connection, doing, table, columns));
  }
  return {};
}

Result<std::uint64_t> delete_rows(Connection& connection, const std::string& doing, const TableName& table, const std::string& condition) {
  LAKEFLOW_ASSIGN(const TableLayout layout, find_layout(connection, doing, table));
  const std::string rows = rows_of(table, layout);
  if (layout != TableLayout::kView) return connection.change(doing, fmt::format("DELETE FROM {} WHERE {}", rows, condition));
  LAKEFLOW_ASSIGN(const ColumnType declared, stored_columns(connection, doing, quote_table(table)));
  LAKEFLOW_ASSIGN(const ColumnType stored, stored_columns(connection, doing, rows));
  return connection.change(
      doing, fmt::format("DELETE FROM {0} WHERE rowid IN (SELECT lakeflow_row FROM (SELECT rowid AS lakeflow_row, {1} FROM {0}) WHERE {2})", rows,
                         declared_columns(declared, stored), condition));
}

Result<ColumnType> stored_columns(Connection& connection, const std::string& doing, const std::string& table) {
  return columns_of_rows(connection, doing, "FROM " + table);
}

Status replace_view(Connection& connection, const std::string& doing, const TableName& table, const ColumnType& declared, const ColumnType& stored) {
  LAKEFLOW_ASSIGN(const auto comments, comments_of(connection, doing, table));
  LAKEFLOW_TRY(connection.execute(doing, fmt::format("CREATE OR REPLACE VIEW {} AS SELECT {} FROM {}", quote_table(table),
                                                     declared_columns(declared, stored), quote_table(rows_table(table)))));
  return comment_on(connection, doing, table, comments);
}

Status rename_stored_table(Connection& connection, const std::string& doing, const TableName& from, const TableName& to) {
  LAKEFLOW_ASSIGN(const TableLayout layout, find_layout(connection, doing, from));
  if (layout != TableLayout::kView) {
    return connection.execute(doing, fmt::format("ALTER TABLE {} RENAME TO {}", quote_table(from), quote_identifier(to.table)));
  }
  LAKEFLOW_ASSIGN(const ColumnType declared, stored_columns(connection, doing, quote_table(from)));
  LAKEFLOW_ASSIGN(const ColumnType stored, stored_columns(connection, doing, rows_of(from, layout)));
  LAKEFLOW_ASSIGN(const auto comments, comments_of(connection, doing, from));
  LAKEFLOW_TRY(connection.execute(doing, fmt::format("DROP VIEW {}; ALTER TABLE {} RENAME TO {}", quote_table(from), rows_of(from, layout),
                                                     quote_identifier(rows_table(to).table))));
  LAKEFLOW_TRY(replace_view(connection, doing, to, declared, stored));
  return comment_on(connection, doing, to, comments);
}

}  // namespace lakeflow
