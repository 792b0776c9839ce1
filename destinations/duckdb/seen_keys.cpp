#include "destinations/duckdb/seen_keys.h"

#include <fmt/format.h>

#include "destinations/sql/sql_text.h"

namespace lakeflow {

Status SeenKeys::prepare(const TableWriter& writer, const SliceSql& sql, const ScannableBatch& keys) {
  if (is_there_) return {};
  LAKEFLOW_TRY(writer.connection().execute(
      writer.doing(), fmt::format("CREATE OR REPLACE TEMP TABLE {} AS SELECT {} FROM {} s LIMIT 0", table_, sql.keys("s"), keys.sql())));
  is_there_ = true;
  return {};
}

Status SeenKeys::add(const TableWriter& writer, const SliceSql& sql, const std::string& from) {
  return writer.connection().execute(writer.doing(), fmt::format("INSERT INTO {} SELECT {} FROM {}", table_, sql.keys("s"), from));
}

std::string SeenKeys::lacked_rows(const TableWriter& writer) const {
  if (!is_there_) return fmt::format("SELECT rowid FROM {}", writer.table());
  std::string keys_equal;
  for (std::size_t i = 0; i < writer.plan().key_columns.size(); ++i) {
    keys_equal += fmt::format("{}t.{} = k.key_{}", i == 0 ? "" : " AND ", quote_identifier(writer.plan().key_columns[i]), i);
  }
  return fmt::format("SELECT t.rowid FROM {} t ANTI JOIN {} k ON {}", writer.table(), table_, keys_equal);
}

Status SeenKeys::drop(const TableWriter& writer) {
  if (!is_there_) return {};
  is_there_ = false;
  return writer.connection().execute(writer.doing(), "DROP TABLE temp." + table_);
}

}  // namespace lakeflow
