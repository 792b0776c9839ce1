#include "destinations/parquet/lake_rows.h"

#include <arrow/type.h>
#include <fmt/format.h>

#include <vector>

#include "destinations/parquet/partition.h"
#include "destinations/sql/sql_text.h"

namespace lakeflow {
namespace {

namespace fs = std::filesystem;

std::string file_list(const LakeFolder& folder, const std::vector<LakeFile>& files) {
  std::string list;
  for (const LakeFile& file : files) list += (list.empty() ? "" : ", ") + quote_text(as_pattern(fs::absolute(folder.at(file.name))));
  return "[" + list + "]";
}

std::string columns_of(const LakeTable& table) {
  std::string columns;
  for (const auto& field : table.schema->fields()) columns += (columns.empty() ? "" : ", ") + quote_identifier(field->name());
  return columns;
}

std::string rows_with(const LakeFolder& folder, const LakeTable& table, const std::string& more_columns, const std::string& more_arguments) {
  const std::string arguments = (table.uniform ? "" : ", union_by_name = true") + more_arguments;
  if (table.partition_by.empty()) {
    std::vector<LakeFile> files = table.published;
    files.insert(files.end(), table.staged.begin(), table.staged.end());
    return fmt::format("SELECT {}{} FROM read_parquet({}, hive_partitioning = false{})", columns_of(table), more_columns, file_list(folder, files),
                       arguments);
  }
  std::string sql;
  if (!table.published.empty()) {
    sql = fmt::format("SELECT {} FROM read_parquet({}, {}{})", partitioned_columns_sql(*table.schema, table.partition_by),
                      file_list(folder, table.published), hive_arguments_sql(table.partition_by), arguments);
  }
  if (!table.staged.empty()) {
    sql += fmt::format("{}SELECT * FROM read_parquet({}, hive_partitioning = false{})", sql.empty() ? "" : " UNION ALL BY NAME ",
                       file_list(folder, table.staged), arguments);
  }
  return fmt::format("SELECT {}{} FROM ({})", columns_of(table), more_columns, sql);
}

}  // namespace

std::string as_pattern(const fs::path& path) {
  std::string plain;
  for (const char c : path.string()) {
    plain += c == '*' || c == '?' || c == '[' ? fmt::format("[{}]", c) : std::string(1, c);
  }
  return plain;
}

std::string rows_sql(const LakeFolder& folder, const LakeTable& table) { return rows_with(folder, table, "", ""); }

std::string placed_rows_sql(const LakeFolder& folder, const LakeTable& table) {
  return rows_with(folder, table, fmt::format(", {}, {}", kFileColumn, kRowColumn),
                   fmt::format(", filename = '{}', file_row_number = true", kFileColumn));
}

}  // namespace lakeflow
