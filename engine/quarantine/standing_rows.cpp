#include "engine/quarantine/standing_rows.h"

#include <arrow/array.h>
#include <arrow/record_batch.h>
#include <arrow/scalar.h>
#include <arrow/type.h>
#include <fmt/format.h>

#include <memory>
#include <optional>

#include "base/arrow_error.h"
#include "destinations/interface/sql_literal.h"
#include "engine/plan/column_path.h"

namespace lakeflow {
namespace {

constexpr char kSeparator = '\x1f';

// A column's values as texts that SQL gives, too.
struct KeyColumn {
  std::shared_ptr<arrow::Array> values;
  std::string sql;
};

std::string sql_path(std::string_view path) {
  std::string sql;
  while (!path.empty()) {
    const std::size_t dot = std::min(path.find('.'), path.size());
    sql += (sql.empty() ? "" : ".") + sql_identifier(path.substr(0, dot));
    path.remove_prefix(std::min(dot + 1, path.size()));
  }
  return sql;
}

// Nothing where the type has no text that both sides write alike.
Result<std::optional<KeyColumn>> key_column(const arrow::RecordBatch& rows, const std::string& path) {
  LAKEFLOW_ASSIGN(const ColumnPath column, ColumnPath::find(*rows.schema(), path));
  const std::string sql = column.is_top_level() ? sql_identifier(path) : sql_path(path);
  const arrow::DataType& type = *column.type();
  const bool is_time = type.id() == arrow::Type::TIMESTAMP && static_cast<const arrow::TimestampType&>(type).unit() == arrow::TimeUnit::MICRO;
  const bool is_text = type.id() == arrow::Type::STRING || type.id() == arrow::Type::LARGE_STRING;
  if (!is_time && !is_text && !arrow::is_integer(type.id())) {
    return std::nullopt;
  }
  KeyColumn found;
  LAKEFLOW_ASSIGN(found.values, column.extract(rows));
  if (is_time) {
    LAKEFLOW_ASSIGN(found.values, from_arrow(found.values->View(arrow::int64())));
  }
  found.sql = fmt::format("coalesce({}({})::VARCHAR, '')", is_time ? "epoch_us" : "", sql);
  return found;
}

std::string cell(const arrow::Array& values, std::int64_t row) {
  if (values.IsNull(row)) {
    return {};
  }
  const auto scalar = values.GetScalar(row);
  return scalar.ok() ? (*scalar)->ToString() : std::string();
}

}  // namespace

Result<StandingRows::NewRows> StandingRows::take_new(const ChangeSlice& slice) {
  NewRows found;
  const bool gives_versions = table_.metadata.ingestion_type != IngestionType::kAppend;
  std::vector<std::string> paths = table_.metadata.primary_keys;
  if (table_.plan.apply_plan().mode != ApplyMode::kAppend || paths.empty() || slice.rows->num_rows() == 0) {
    found.slices.push_back(slice);
    return found;
  }
  if (gives_versions && !table_.metadata.cursor_field.empty()) {
    paths.push_back(table_.metadata.cursor_field);
  }
  std::vector<KeyColumn> columns;
  for (const std::string& path : paths) {
    LAKEFLOW_ASSIGN(std::optional<KeyColumn> column, key_column(*slice.rows, path));
    if (!column) {
      found.slices.push_back(slice);
      return found;
    }
    columns.push_back(*std::move(column));
  }
  std::string key_sql;
  for (const KeyColumn& column : columns) {
    key_sql += fmt::format("{}{}", key_sql.empty() ? "" : " || chr(31) || ", column.sql);
  }
  std::vector<std::string> keys;
  for (std::int64_t row = 0; row < slice.rows->num_rows(); ++row) {
    std::string& key = keys.emplace_back();
    for (const KeyColumn& column : columns) {
      key += (&column == &columns.front() ? std::string() : std::string(1, kSeparator)) + cell(*column.values, row);
    }
  }
  LAKEFLOW_ASSIGN(const std::set<std::string> there, standing(keys, key_sql));
  for (std::size_t row = 0; row < keys.size();) {
    const bool is_there = there.contains(keys[row]) || !given_.insert(keys[row]).second;
    std::size_t end = row + 1;
    if (is_there) {
      ++found.standing;
    } else {
      while (end < keys.size() && !there.contains(keys[end]) && given_.insert(keys[end]).second) {
        ++end;
      }
      found.slices.push_back({slice.rows->Slice(static_cast<std::int64_t>(row), static_cast<std::int64_t>(end - row)), nullptr});
    }
    row = end;
  }
  if (found.slices.empty()) {
    found.slices.push_back({slice.rows->Slice(0, 0), nullptr});
  }
  return found;
}

Result<std::set<std::string>> StandingRows::standing(const std::vector<std::string>& keys, const std::string& key_sql) const {
  std::string list;
  for (const std::string& key : keys) {
    list += (list.empty() ? "" : ", ") + sql_literal(key);
  }
  const TableName& name = table_.plan.apply_plan().target;
  Result<std::shared_ptr<arrow::RecordBatchReader>> reader =
      destination_.query(fmt::format("SELECT DISTINCT key FROM (SELECT {} AS key FROM {}.{}) WHERE key IN ({})", key_sql, sql_identifier(name.schema),
                                     sql_identifier(name.table), list));
  std::set<std::string> found;
  if (!reader) {
    if (reader.error().kind() == ErrorKind::kUser) {
      return found;  // the table, or the column, is not there yet
    }
    return std::unexpected(std::move(reader).error());
  }
  while (true) {  // ends with the reader
    std::shared_ptr<arrow::RecordBatch> batch;
    LAKEFLOW_TRY(from_arrow((*reader)->ReadNext(&batch)));
    if (batch == nullptr) {
      return found;
    }
    for (std::int64_t row = 0; row < batch->num_rows(); ++row) {
      found.insert(cell(*batch->column(0), row));
    }
  }
}

}  // namespace lakeflow
