#include "destinations/duckdb/table_kind.h"

#include <arrow/type.h>
#include <fmt/format.h>

#include <string_view>

#include "destinations/duckdb/stored_table.h"
#include "destinations/interface/framework_columns.h"
#include "destinations/sql/sql_text.h"

namespace lakeflow {
namespace {

struct TableKind {
  bool has_versions = false;
  bool is_compared = false;
  bool merges_versions = false;
  bool operator==(const TableKind&) const = default;

  std::string_view text() const {
    if (merges_versions) return "versions with track_history_except (SCD_TYPE_2)";
    if (has_versions) return "versions (SCD_TYPE_2)";
    return is_compared ? "one row a key (SCD_TYPE_1)" : "rows that were only appended (APPEND_ONLY)";
  }
};

}  // namespace

Status check_table_kind(Connection& connection, const ApplyPlan& plan) {
  const std::string doing = "preparing table " + plan.target.text();
  const Parameter table[] = {std::string_view(plan.target.schema), std::string_view(plan.target.table)};
  const auto has = [&](std::string_view column) {
    return connection.integer(doing,
                              fmt::format("SELECT count(*) FROM duckdb_columns() WHERE database_name = current_database() AND lower(schema_name) = "
                                          "lower($1) AND lower(table_name) = lower($2) AND lower(column_name) LIKE lower({})",
                                          quote_text(column)),
                              table);
  };
  LAKEFLOW_ASSIGN(const std::int64_t columns, has("%"));
  if (columns == 0) return {};
  LAKEFLOW_ASSIGN(const std::int64_t starts, has(kStartAtColumn));
  LAKEFLOW_ASSIGN(const std::int64_t hashes, has(kContentHashColumn));
  LAKEFLOW_ASSIGN(const std::int64_t tracked, has(kTrackedHashColumn));
  const TableKind found{.has_versions = starts > 0, .is_compared = hashes > 0, .merges_versions = tracked > 0};
  const TableKind wanted{.has_versions = plan.history == HistoryMode::kVersions,
                         .is_compared = plan.mode != ApplyMode::kAppend,
                         .merges_versions = plan.merges_versions};
  if (found == wanted) return {};
  LAKEFLOW_ASSIGN(const std::int64_t rows,
                  connection.integer(doing, fmt::format("SELECT count(*) FROM (FROM {} LIMIT 1)", quote_table(plan.target))));
  if (rows == 0) return drop_stored_table(connection, doing, plan.target);
  return std::unexpected(
      Error::user(fmt::format("table {} holds {}, and the pipeline wants it to hold {}", plan.target.text(), found.text(), wanted.text()),
                  "Set the table_configuration as it was, choose another destination_table, or read everything anew with --full-refresh"));
}

}  // namespace lakeflow
