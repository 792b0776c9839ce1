#include "destinations/sql/row_columns.h"

#include <fmt/format.h>

#include <memory>

namespace lakeflow {

Result<ColumnType> columns_of_rows(Connection& connection, std::string_view doing, const std::string& select) {
  LAKEFLOW_ASSIGN(ResultRows rows, connection.query(doing, fmt::format("SELECT * FROM ({}) LIMIT 0", select)));
  ColumnType columns;
  columns.id = DUCKDB_TYPE_STRUCT;
  for (std::size_t i = 0; i < rows.columns(); ++i) {
    const LogicalType type(duckdb_column_logical_type(&rows.handle(), i));
    columns.members.push_back({duckdb_column_name(&rows.handle(), i), std::make_unique<ColumnType>(ColumnType::from_duckdb(type.handle()))});
  }
  return columns;
}

}  // namespace lakeflow
