#include "destinations/duckdb/table_columns.h"

#include <arrow/type.h>
#include <arrow/util/key_value_metadata.h>
#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <map>
#include <set>
#include <string>

#include "destinations/sql/column_type.h"
#include "destinations/sql/sql_text.h"

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

Error frozen(const ApplyPlan& plan, const std::string& change) {
  return Error::user(fmt::format("table {} keeps its columns by its schema_contract, and the source now needs more: {}", plan.target.text(), change),
                     "Set schema_contract to evolve to let the table grow, or to discard to leave new columns out");
}

Status add_column(Connection& connection, const std::string& doing, const ApplyPlan& plan, const arrow::Field& field, const std::string& type,
                  std::vector<std::string>& changes) {
  changes.push_back(fmt::format("column {} was added", field.name()));
  if (!plan.may_grow) return std::unexpected(frozen(plan, fmt::format("column {}", field.name())));
  LAKEFLOW_TRY(
      connection.execute(doing, fmt::format("ALTER TABLE {} ADD COLUMN {} {}", quote_table(plan.target), quote_identifier(field.name()), type)));
  return comment_on(connection, doing, plan, field);
}

Status grow_column(Connection& connection, const std::string& doing, const ApplyPlan& plan, const arrow::Field& field, const ColumnGrowth& growth,
                   std::vector<std::string>& changes) {
  if (!growth.conflict.empty()) {
    return std::unexpected(Error::user(fmt::format("table {} can't take the source's rows: column {}", plan.target.text(), growth.conflict),
                                       "Ingest it anew with --full-refresh, which creates the table as it must be, or into another table"));
  }
  const std::string alter = fmt::format("ALTER TABLE {} ", quote_table(plan.target));
  for (const ColumnGrowth::Member& member : growth.members) {
    if (!plan.may_grow) return std::unexpected(frozen(plan, "column " + member.shown));
    LAKEFLOW_TRY(connection.execute(doing, fmt::format("{}ADD COLUMN {} {}", alter, member.path, member.type)));
    changes.push_back(fmt::format("column {} was added", member.shown));
  }
  if (growth.wider_type.empty()) return {};
  if (!plan.may_grow)
    return std::unexpected(frozen(plan, fmt::format("a wider column {}: {}", growth.widened.front().column, growth.widened.front().types)));
  for (const ColumnGrowth::Widened& widened : growth.widened)
    changes.push_back(fmt::format("column {} was widened: {}", widened.column, widened.types));
  return connection.execute(doing, fmt::format("{}ALTER COLUMN {} TYPE {}", alter, quote_identifier(field.name()), growth.wider_type));
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

Result<std::vector<std::string>> prepare_columns(Connection& connection, const ApplyPlan& plan) {
  const std::string doing = "preparing table " + plan.target.text();
  std::vector<std::string> changes;
  const Parameter names[] = {std::string_view(plan.target.schema), std::string_view(plan.target.table)};
  LAKEFLOW_ASSIGN(
      const std::int64_t found,
      connection.integer(doing,
                         "SELECT count(*) FROM duckdb_tables() WHERE database_name = current_database() AND lower(schema_name) = lower($1) AND "
                         "lower(table_name) = lower($2)",
                         names));
  if (found == 0) {
    LAKEFLOW_TRY(create_table(connection, doing, plan));
    return changes;
  }
  LAKEFLOW_ASSIGN(const auto existing, existing_columns(connection, doing, plan));
  for (const auto& field : plan.schema->fields()) {
    LAKEFLOW_ASSIGN(const ColumnType wanted, type_of(plan, *field));
    const auto column = existing.find(lower(field->name()));
    LAKEFLOW_TRY(column == existing.end()
                     ? add_column(connection, doing, plan, *field, wanted.sql(), changes)
                     : grow_column(connection, doing, plan, *field, compare_column(field->name(), column->second, wanted), changes));
  }
  return changes;
}

}  // namespace lakeflow
