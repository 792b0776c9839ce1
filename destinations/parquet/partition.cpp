#include "destinations/parquet/partition.h"

#include <arrow/array.h>
#include <arrow/array/builder_primitive.h>
#include <arrow/array/util.h>
#include <arrow/compute/api_vector.h>
#include <arrow/datum.h>
#include <arrow/record_batch.h>
#include <arrow/scalar.h>
#include <arrow/type.h>
#include <arrow/type_traits.h>
#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <chrono>
#include <optional>
#include <string_view>

#include "base/arrow_error.h"
#include "destinations/sql/sql_text.h"

namespace lakeflow {
namespace {

// Hive's own name for no value.
constexpr std::string_view kNull = "__HIVE_DEFAULT_PARTITION__";
constexpr std::size_t kLongestFolder = 255;  // most file systems take no longer name

enum class Part { kValue, kDay, kMonth };

struct PartitionColumn {
  std::string column;
  Part part = Part::kValue;
  std::string folder() const { return part == Part::kValue ? column : column + (part == Part::kDay ? "_day" : "_month"); }
};

PartitionColumn parse(const std::string& entry) {
  for (const auto& [ending, part] : {std::pair{std::string_view(":day"), Part::kDay}, std::pair{std::string_view(":month"), Part::kMonth}}) {
    if (entry.ends_with(ending)) return {entry.substr(0, entry.size() - ending.size()), part};
  }
  return {entry, Part::kValue};
}

std::vector<PartitionColumn> parse(const std::vector<std::string>& partition_by) {
  std::vector<PartitionColumn> columns;
  for (const std::string& entry : partition_by) columns.push_back(parse(entry));
  return columns;
}

// The type by which DuckDB reads a folder's text; nothing where a value has no short exact text.
std::optional<std::string_view> sql_type(const arrow::DataType& type) {
  switch (type.id()) {
    case arrow::Type::STRING:
    case arrow::Type::LARGE_STRING: return "VARCHAR";
    case arrow::Type::BOOL: return "BOOLEAN";
    case arrow::Type::DATE32: return "DATE";
    case arrow::Type::INT8: return "TINYINT";
    case arrow::Type::INT16: return "SMALLINT";
    case arrow::Type::INT32: return "INTEGER";
    case arrow::Type::INT64: return "BIGINT";
    case arrow::Type::UINT8: return "UTINYINT";
    case arrow::Type::UINT16: return "USMALLINT";
    case arrow::Type::UINT32: return "UINTEGER";
    case arrow::Type::UINT64: return "UBIGINT";
    default: return std::nullopt;
  }
}

std::string day_text(std::int64_t days, Part part) {
  const std::chrono::year_month_day day{std::chrono::sys_days(std::chrono::days(days))};
  const std::string month = fmt::format("{:04}-{:02}", static_cast<int>(day.year()), static_cast<unsigned>(day.month()));
  return part == Part::kMonth ? month : fmt::format("{}-{:02}", month, static_cast<unsigned>(day.day()));
}

std::int64_t units_of_a_day(arrow::TimeUnit::type unit) {
  std::int64_t units = 86'400;
  for (int step = 0; step < static_cast<int>(unit); ++step) units *= 1000;
  return units;
}

std::int64_t floor_divide(std::int64_t value, std::int64_t by) { return value / by - (value % by < 0 ? 1 : 0); }

// A type that check_partition_by lets through.
std::string value_text(const arrow::Array& values, std::int64_t row, Part part) {
  switch (values.type_id()) {
    case arrow::Type::STRING: return static_cast<const arrow::StringArray&>(values).GetString(row);
    case arrow::Type::LARGE_STRING: return static_cast<const arrow::LargeStringArray&>(values).GetString(row);
    case arrow::Type::BOOL: return static_cast<const arrow::BooleanArray&>(values).Value(row) ? "true" : "false";
    case arrow::Type::INT8: return fmt::to_string(int{static_cast<const arrow::Int8Array&>(values).Value(row)});
    case arrow::Type::INT16: return fmt::to_string(static_cast<const arrow::Int16Array&>(values).Value(row));
    case arrow::Type::INT32: return fmt::to_string(static_cast<const arrow::Int32Array&>(values).Value(row));
    case arrow::Type::INT64: return fmt::to_string(static_cast<const arrow::Int64Array&>(values).Value(row));
    case arrow::Type::UINT8: return fmt::to_string(int{static_cast<const arrow::UInt8Array&>(values).Value(row)});
    case arrow::Type::UINT16: return fmt::to_string(static_cast<const arrow::UInt16Array&>(values).Value(row));
    case arrow::Type::UINT32: return fmt::to_string(static_cast<const arrow::UInt32Array&>(values).Value(row));
    case arrow::Type::UINT64: return fmt::to_string(static_cast<const arrow::UInt64Array&>(values).Value(row));
    case arrow::Type::DATE32: return day_text(static_cast<const arrow::Date32Array&>(values).Value(row), part);
    default: {
      const auto& times = static_cast<const arrow::TimestampArray&>(values);
      const auto unit = static_cast<const arrow::TimestampType&>(*values.type()).unit();
      return day_text(floor_divide(times.Value(row), units_of_a_day(unit)), part);
    }
  }
}

// What a folder's name can't have, or readers take for a pattern, as %3A.
std::string escape(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain = byte >= 0x80 || std::isalnum(byte) || c == '-' || c == '_' || c == '.' || c == ' ';
    out += plain ? std::string(1, c) : fmt::format("%{:02X}", byte);
  }
  return out;
}

std::string unescape(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    unsigned byte = 0;
    if (text[i] == '%' && i + 2 < text.size() && std::from_chars(&text[i + 1], &text[i + 3], byte, 16).ptr == &text[i + 3]) {
      out += static_cast<char>(byte);
      i += 2;
    } else {
      out += text[i];
    }
  }
  return out;
}

// What a folder of the path says of the column; nothing where none does.
std::optional<std::string_view> value_in_path(std::string_view path, const PartitionColumn& column) {
  const std::string name = "/" + escape(column.folder()) + "=";
  const std::size_t at = path.find(name);
  if (at == std::string_view::npos) return std::nullopt;
  const std::string_view value = path.substr(at + name.size());
  return value.substr(0, value.find('/'));
}

Result<std::string> folder_of(const std::vector<PartitionColumn>& columns, const arrow::ArrayVector& values, std::int64_t row) {
  std::string folders;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const std::string text = values[i]->IsNull(row) ? std::string(kNull) : escape(value_text(*values[i], row, columns[i].part));
    const std::string folder = escape(columns[i].folder()) + "=" + text;
    if (folder.size() > kLongestFolder) {
      return std::unexpected(Error::user(fmt::format("partition_by {}: a value is too long for the name of a folder", columns[i].column),
                                         "Choose a column with short values"));
    }
    folders += (folders.empty() ? "" : "/") + folder;
  }
  return folders;
}

}  // namespace

Status check_partition_by(const arrow::Schema& schema, const std::vector<std::string>& partition_by) {
  for (const PartitionColumn& column : parse(partition_by)) {
    const auto field = schema.GetFieldByName(column.column);
    if (!field) return std::unexpected(Error::user(fmt::format("partition_by {}: the table has no such column", column.column)));
    const bool is_time = field->type()->id() == arrow::Type::TIMESTAMP || field->type()->id() == arrow::Type::DATE32;
    if (column.part == Part::kValue ? !sql_type(*field->type()).has_value() : !is_time) {
      return std::unexpected(Error::user(fmt::format("partition_by {}: a folder can't be named after a {}", column.column, field->type()->ToString()),
                                         field->type()->id() == arrow::Type::TIMESTAMP
                                             ? fmt::format("Write {0}:day or {0}:month", column.column)
                                             : "Choose a column of text, whole numbers, booleans or dates, or a timestamp by :day"));
    }
    if (column.part != Part::kValue && schema.GetFieldByName(column.folder())) {
      return std::unexpected(Error::user(fmt::format("partition_by {}: the table has a column {} already", column.column, column.folder())));
    }
  }
  return {};
}

std::shared_ptr<arrow::Schema> published_schema(const arrow::Schema& schema, const std::vector<std::string>& partition_by) {
  arrow::FieldVector fields = schema.fields();
  for (const PartitionColumn& column : parse(partition_by)) {
    if (column.part == Part::kValue) std::erase_if(fields, [&](const auto& field) { return field->name() == column.column; });
  }
  return arrow::schema(std::move(fields), schema.metadata());
}

Result<std::map<std::string, std::shared_ptr<arrow::RecordBatch>>> part_rows(const std::shared_ptr<arrow::RecordBatch>& rows,
                                                                             const std::vector<std::string>& partition_by) {
  const std::vector<PartitionColumn> columns = parse(partition_by);
  arrow::ArrayVector values;
  for (const PartitionColumn& column : columns) values.push_back(rows->GetColumnByName(column.column));
  std::map<std::string, arrow::Int64Builder> numbers;
  for (std::int64_t row = 0; row < rows->num_rows(); ++row) {
    LAKEFLOW_ASSIGN(const std::string folder, folder_of(columns, values, row));
    LAKEFLOW_TRY(from_arrow(numbers[folder].Append(row)));
  }
  std::map<std::string, std::shared_ptr<arrow::RecordBatch>> parts;
  for (auto& [folder, builder] : numbers) {
    LAKEFLOW_ASSIGN(const std::shared_ptr<arrow::Array> chosen, from_arrow(builder.Finish()));
    if (numbers.size() == 1) {
      parts.emplace(folder, rows);
    } else {
      LAKEFLOW_ASSIGN(const arrow::Datum part, from_arrow(arrow::compute::Take(rows, chosen)));
      parts.emplace(folder, part.record_batch());
    }
  }
  return parts;
}

Result<std::shared_ptr<arrow::RecordBatch>> with_folder_columns(std::shared_ptr<arrow::RecordBatch> rows, const std::string& path,
                                                                const arrow::Schema& schema, const std::vector<std::string>& partition_by) {
  for (const PartitionColumn& column : parse(partition_by)) {
    if (column.part != Part::kValue) continue;
    const std::shared_ptr<arrow::Field> field = schema.GetFieldByName(column.column);
    const auto value = value_in_path(path, column);
    if (!field || !value) return std::unexpected(Error::internal(fmt::format("{} lies in no folder of {}", path, column.column)));
    std::shared_ptr<arrow::Array> values;
    if (*value == kNull) {
      LAKEFLOW_ASSIGN(values, from_arrow(arrow::MakeArrayOfNull(field->type(), rows->num_rows())));
    } else {
      LAKEFLOW_ASSIGN(const auto scalar, from_arrow(arrow::Scalar::Parse(field->type(), unescape(*value))));
      LAKEFLOW_ASSIGN(values, from_arrow(arrow::MakeArrayFromScalar(*scalar, rows->num_rows())));
    }
    LAKEFLOW_ASSIGN(rows, from_arrow(rows->AddColumn(rows->num_columns(), field, values)));
  }
  return rows;
}

std::string hive_arguments_sql(const std::vector<std::string>& partition_by) {
  std::string types;
  for (const PartitionColumn& column : parse(partition_by)) {
    types += (types.empty() ? "" : ", ") + quote_text(column.folder()) + ": VARCHAR";
  }
  return fmt::format("hive_partitioning = true, hive_types = {{{}}}", types);
}

std::string partitioned_columns_sql(const arrow::Schema& schema, const std::vector<std::string>& partition_by) {
  std::string added, replaced;
  for (const PartitionColumn& column : parse(partition_by)) {
    if (column.part != Part::kValue) {
      added += (added.empty() ? "" : ", ") + quote_identifier(column.folder());
      continue;
    }
    replaced += fmt::format("{0}CAST(nullif({1}, {2}) AS {3}) AS {1}", replaced.empty() ? "" : ", ", quote_identifier(column.column),
                            quote_text(kNull), sql_type(*schema.GetFieldByName(column.column)->type()).value_or("VARCHAR"));
  }
  return fmt::format("*{}{}", added.empty() ? "" : fmt::format(" EXCLUDE ({})", added),
                     replaced.empty() ? "" : fmt::format(" REPLACE ({})", replaced));
}

}  // namespace lakeflow
