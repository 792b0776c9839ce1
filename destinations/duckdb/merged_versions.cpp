#include "destinations/duckdb/merged_versions.h"

#include <arrow/type.h>
#include <fmt/format.h>

#include <limits>

#include "destinations/duckdb/table_columns.h"
#include "destinations/interface/framework_columns.h"
#include "destinations/sql/sql_text.h"

namespace lakeflow {

TableName merged_versions_name(const TableName& table) { return {"_lakeflow", "merged_versions_of_" + table.text()}; }

std::string merged_versions_table(const TableName& table) { return quote_table(merged_versions_name(table)); }

Status prepare_merged_versions(Connection& connection, const ApplyPlan& plan) {
  if (!plan.merges_versions) return {};
  arrow::FieldVector fields = plan.schema->fields();
  fields.resize(fields.size() - 2);  // __START_AT and __END_AT stand last
  fields.push_back(arrow::field(kKeptSinceColumn, arrow::timestamp(arrow::TimeUnit::MICRO, "UTC")));
  ApplyPlan aside = plan;
  aside.target = merged_versions_name(plan.target);
  aside.schema = arrow::schema(std::move(fields));
  // Rows come and go between it and what the table's rows lie in by the names of columns: so it may be plain where that is not.
  LAKEFLOW_TRY(prepare_columns(connection, aside, std::numeric_limits<std::size_t>::max()));
  return {};
}

Status forget_merged_versions(Connection& connection, const ApplyPlan& plan, TimestampMicros kept_before) {
  if (!plan.merges_versions) return {};
  std::string same_start;
  for (const std::string& key : plan.key_columns) same_start += fmt::format("t.{0} = a.{0} AND ", quote_identifier(key));
  const std::string start = quote_identifier(kStartAtColumn);
  for (const std::string& sequence : plan.sequence_columns) {
    const std::string member = plan.sequence_columns.size() == 1 ? start : start + "." + quote_identifier(sequence);
    same_start += fmt::format("t.{} = a.{} AND ", member, quote_path(sequence));
  }
  const Parameter parameters[] = {Timestamp{kept_before}};
  return connection.execute("forgetting old versions of table " + plan.target.text(),
                            fmt::format("DELETE FROM {0} WHERE {1} < $1 AND rowid NOT IN (SELECT a.rowid FROM {0} a SEMI JOIN {2} t ON {3} true)",
                                        merged_versions_table(plan.target), kKeptSinceColumn, quote_table(plan.target), same_start),
                            parameters);
}

Result<std::uint64_t> erase_merged_versions(Connection& connection, const TableName& table, const std::string& condition) {
  const std::string doing = "erasing merged versions of table " + table.text();
  const std::string name = merged_versions_name(table).table;
  const Parameter parameters[] = {std::string_view(name)};
  LAKEFLOW_ASSIGN(const std::int64_t found, connection.integer(doing,
                                                               "SELECT count(*) FROM duckdb_tables() WHERE database_name = current_database() AND "
                                                               "schema_name = '_lakeflow' AND table_name = $1",
                                                               parameters));
  if (found == 0) return 0;
  return connection.change(doing, fmt::format("DELETE FROM {} WHERE {}", merged_versions_table(table), condition));
}

Status replace_merged_versions(Connection& connection, const TableName& built, const TableName& table) {
  LAKEFLOW_TRY(drop_merged_versions(connection, table));
  return connection.execute(
      "putting the merged versions of " + table.text() + " in their place",
      fmt::format("ALTER TABLE IF EXISTS {} RENAME TO {}", merged_versions_table(built), quote_identifier(merged_versions_name(table).table)));
}

Status drop_merged_versions(Connection& connection, const TableName& table) {
  return connection.execute("emptying table " + table.text(), "DROP TABLE IF EXISTS " + merged_versions_table(table));
}

}  // namespace lakeflow
