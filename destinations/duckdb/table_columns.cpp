#include "destinations/duckdb/table_columns.h"

#include <arrow/type.h>
#include <arrow/util/key_value_metadata.h>
#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <set>
#include <string>
#include <utility>

#include "destinations/duckdb/narrow_rows.h"
#include "destinations/duckdb/physical_shape.h"
#include "destinations/duckdb/stored_table.h"
#include "destinations/sql/column_type.h"
#include "destinations/sql/sql_text.h"

namespace lakeflow {
namespace {

// What a connector's schema says of a column for people (sources/interface/schema_rules.h, kDescription).
constexpr const char* kDescriptionKey = "lakeflow.description";

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

// The plan's columns, as members of a struct.
Result<ColumnType> wanted_columns(const ApplyPlan& plan) {
  ColumnType columns;
  columns.id = DUCKDB_TYPE_STRUCT;
  for (const auto& field : plan.schema->fields()) {
    LAKEFLOW_ASSIGN(ColumnType type, type_of(plan, *field));
    columns.members.push_back({field->name(), std::make_unique<ColumnType>(std::move(type))});
  }
  return columns;
}

Status create_table(Connection& connection, const std::string& doing, const ApplyPlan& plan, const ColumnType& columns,
                    std::size_t widest_plain_table) {
  LAKEFLOW_TRY(connection.execute(doing, fmt::format("CREATE SCHEMA IF NOT EXISTS {}", quote_identifier(plan.target.schema))));
  LAKEFLOW_TRY(leaf_columns(columns) > widest_plain_table
                   ? create_view(connection, doing, plan, columns)
                   : connection.execute(doing, fmt::format("CREATE TABLE {} ({})", quote_table(plan.target), column_definitions(columns))));
  for (const auto& field : plan.schema->fields()) LAKEFLOW_TRY(comment_on(connection, doing, plan, *field));
  return {};
}

Error frozen(const ApplyPlan& plan, const std::string& change) {
  return Error::user(fmt::format("table {} keeps its columns by its schema_contract, and the source now needs more: {}", plan.target.text(), change),
                     "Set schema_contract to evolve to let the table grow, or to discard to leave new columns out");
}

// What the plan's columns need of a table that is there.
struct TableGrowth {
  std::vector<std::string> changes;  // for people
  std::vector<std::string> alters;   // what follows ALTER TABLE …
  std::vector<std::shared_ptr<arrow::Field>> added;
};

Status add_column(const ApplyPlan& plan, const std::shared_ptr<arrow::Field>& field, const std::string& type, TableGrowth& growth) {
  growth.changes.push_back(fmt::format("column {} was added", field->name()));
  if (!plan.may_grow) return std::unexpected(frozen(plan, fmt::format("column {}", field->name())));
  growth.alters.push_back(fmt::format("ADD COLUMN {} {}", quote_identifier(field->name()), type));
  growth.added.push_back(field);
  return {};
}

Status grow_column(const ApplyPlan& plan, const arrow::Field& field, const ColumnGrowth& column, TableGrowth& growth) {
  if (!column.conflict.empty()) {
    return std::unexpected(Error::user(fmt::format("table {} can't take the source's rows: column {}", plan.target.text(), column.conflict),
                                       "Ingest it anew with --full-refresh, which creates the table as it must be, or into another table"));
  }
  for (const ColumnGrowth::Member& member : column.members) {
    if (!plan.may_grow) return std::unexpected(frozen(plan, "column " + member.shown));
    growth.alters.push_back(fmt::format("ADD COLUMN {} {}", member.path, member.type));
    growth.changes.push_back(fmt::format("column {} was added", member.shown));
  }
  if (column.wider_type.empty()) return {};
  if (!plan.may_grow)
    return std::unexpected(frozen(plan, fmt::format("a wider column {}: {}", column.widened.front().column, column.widened.front().types)));
  for (const ColumnGrowth::Widened& widened : column.widened)
    growth.changes.push_back(fmt::format("column {} was widened: {}", widened.column, widened.types));
  growth.alters.push_back(fmt::format("ALTER COLUMN {} TYPE {}", quote_identifier(field.name()), column.wider_type));
  return {};
}

}  // namespace

Status check_columns(const ApplyPlan& plan) {
  std::set<std::string> names;
  for (const auto& field : plan.schema->fields()) {
    LAKEFLOW_TRY(type_of(plan, *field));
    if (!names.insert(lower_name(field->name())).second) {
      return std::unexpected(
          Error::user(fmt::format("table {} has two columns named {}, case aside, which DuckDB takes for one", plan.target.text(), field->name())));
    }
  }
  return {};
}

Result<std::vector<std::string>> prepare_columns(Connection& connection, const ApplyPlan& plan, std::size_t widest_plain_table) {
  const std::string doing = "preparing table " + plan.target.text();
  LAKEFLOW_ASSIGN(const TableLayout layout, find_layout(connection, doing, plan.target));
  LAKEFLOW_ASSIGN(const ColumnType wanted, wanted_columns(plan));
  if (layout == TableLayout::kNone) {
    LAKEFLOW_TRY(create_table(connection, doing, plan, wanted, widest_plain_table));
    return std::vector<std::string>();
  }
  if (layout == TableLayout::kView) LAKEFLOW_TRY(bring_back_view(connection, doing, plan.target));
  LAKEFLOW_ASSIGN(const ColumnType existing, stored_columns(connection, doing, quote_table(plan.target)));
  TableGrowth growth;
  for (std::size_t i = 0; i < wanted.members.size(); ++i) {
    const auto& field = plan.schema->field(static_cast<int>(i));
    const ColumnType* const column = existing.find(field->name());
    LAKEFLOW_TRY(column == nullptr ? add_column(plan, field, wanted.members[i].type->sql(), growth)
                                   : grow_column(plan, *field, compare_column(field->name(), *column, *wanted.members[i].type), growth));
  }
  if (layout == TableLayout::kView) {
    LAKEFLOW_TRY(grow_view(connection, doing, plan, existing, grown_type(existing, wanted)));
  } else {
    for (const std::string& alter : growth.alters) {
      LAKEFLOW_TRY(connection.execute(doing, fmt::format("ALTER TABLE {} {}", quote_table(plan.target), alter)));
    }
  }
  for (const auto& field : growth.added) LAKEFLOW_TRY(comment_on(connection, doing, plan, *field));
  return std::move(growth.changes);
}

}  // namespace lakeflow
