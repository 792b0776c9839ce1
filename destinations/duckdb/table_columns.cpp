#include "destinations/duckdb/table_columns.h"

#include <arrow/type.h>
#include <arrow/util/key_value_metadata.h>
#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <map>
#include <set>
#include <string>

#include "destinations/duckdb/column_type.h"
#include "destinations/duckdb/sql_text.h"

namespace lakeflow {
namespace {

// What a connector's schema says of a column for people (sources/interface/schema_rules.h, kDescription).
constexpr const char* kDescriptionKey = "lakeflow.description";

std::string lower(std::string text) {
  std::ranges::transform(text, text.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

Result<ColumnType> type_of(const ApplyPlan& plan, const arrow::Field& field) {
  Result<ColumnType> type = ColumnType::from_arrow(*field.type());
  if (!type) return std::unexpected(type.error().at(fmt::format("table {}, column {}", plan.target.text(), field.name())));
  return type;
}

Status comment_on(Connection& connection, const std::string& doing, const ApplyPlan& plan, const arrow::Field& field) {
  if (!field.HasMetadata()) return {};
  const int index = field.metadata()->FindKey(kDescriptionKey);
  if (index < 0) return {};
  return connection.execute(doing, fmt::format("COMMENT ON COLUMN {}.{} IS {}", quote_table(plan.target), quote_identifier(field.name()),
                                               quote_text(field.metadata()->value(index))));
}

Status create_table(Connection& connection, const std::string& doing, const ApplyPlan& plan) {
  std::string columns;
  for (const auto& field : plan.schema->fields()) {
    LAKEFLOW_ASSIGN(const ColumnType type, type_of(plan, *field));
    columns += fmt::format("{}{} {}", columns.empty() ? "" : ", ", quote_identifier(field->name()), type.sql());
  }
  LAKEFLOW_TRY(connection.execute(doing, fmt::format("CREATE SCHEMA IF NOT EXISTS {}", quote_identifier(plan.target.schema))));
  LAKEFLOW_TRY(connection.execute(doing, fmt::format("CREATE TABLE {} ({})", quote_table(plan.target), columns)));
  for (const auto& field : plan.schema->fields()) LAKEFLOW_TRY(comment_on(connection, doing, plan, *field));
  return {};
}

Result<std::map<std::string, ColumnType>> existing_columns(Connection& connection, const std::string& doing, const ApplyPlan& plan) {
  LAKEFLOW_ASSIGN(ResultRows rows, connection.query(doing, fmt::format("SELECT * FROM {} LIMIT 0", quote_table(plan.target))));
  std::map<std::string, ColumnType> columns;
  for (std::size_t i = 0; i < rows.columns(); ++i) {
    const LogicalType type(duckdb_column_logical_type(&rows.handle(), i));
    columns.emplace(lower(duckdb_column_name(&rows.handle(), i)), ColumnType::from_duckdb(type.handle()));
  }
  return columns;
}

}  // namespace

Status check_columns(const ApplyPlan& plan) {
  std::set<std::string> names;
  for (const auto& field : plan.schema->fields()) {
    LAKEFLOW_TRY(type_of(plan, *field));
    if (!names.insert(lower(field->name())).second) {
      return std::unexpected(
          Error::user(fmt::format("table {} has two columns named {}, case aside, which DuckDB takes for one", plan.target.text(), field->name())));
    }
  }
  return {};
}

Status prepare_columns(Connection& connection, const ApplyPlan& plan) {
  const std::string doing = "preparing table " + plan.target.text();
  const Parameter names[] = {std::string_view(plan.target.schema), std::string_view(plan.target.table)};
  LAKEFLOW_ASSIGN(
      const std::int64_t found,
      connection.integer(doing,
                         "SELECT count(*) FROM duckdb_tables() WHERE database_name = current_database() AND lower(schema_name) = lower($1) AND "
                         "lower(table_name) = lower($2)",
                         names));
  if (found == 0) return create_table(connection, doing, plan);

  LAKEFLOW_ASSIGN(const auto existing, existing_columns(connection, doing, plan));
  const std::string alter = fmt::format("ALTER TABLE {} ADD COLUMN ", quote_table(plan.target));
  for (const auto& field : plan.schema->fields()) {
    LAKEFLOW_ASSIGN(const ColumnType wanted, type_of(plan, *field));
    const auto column = existing.find(lower(field->name()));
    if (column == existing.end()) {
      LAKEFLOW_TRY(connection.execute(doing, alter + quote_identifier(field->name()) + " " + wanted.sql()));
      LAKEFLOW_TRY(comment_on(connection, doing, plan, *field));
      continue;
    }
    const ColumnGrowth growth = compare_column(field->name(), column->second, wanted);
    if (!growth.conflict.empty()) {
      return std::unexpected(Error::destination(fmt::format("table {} can't take the source's rows: column {}", plan.target.text(), growth.conflict),
                                                "Ingest it anew with --full-refresh, which creates the table as it must be, or into another table"));
    }
    for (const ColumnGrowth::Member& member : growth.members) LAKEFLOW_TRY(connection.execute(doing, alter + member.path + " " + member.type));
  }
  return {};
}

}  // namespace lakeflow
