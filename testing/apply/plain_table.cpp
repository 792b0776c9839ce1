#include "testing/apply/plain_table.h"

#include <algorithm>

#include <arrow/array.h>
#include <arrow/array/builder_binary.h>
#include <arrow/array/builder_primitive.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <fmt/format.h>

#include "base/arrow_error.h"
#include "destinations/interface/framework_columns.h"

namespace lakeflow {
namespace {

std::shared_ptr<arrow::DataType> arrow_type(PlainType type) {
  switch (type) {
    case PlainType::kText: return arrow::utf8();
    case PlainType::kInteger: return arrow::int64();
    case PlainType::kBoolean: return arrow::boolean();
    case PlainType::kTimestamp: return arrow::timestamp(arrow::TimeUnit::MICRO, "UTC");
  }
  return arrow::utf8();
}

template <typename Builder, typename Value>
Result<std::shared_ptr<arrow::Array>> build(Builder builder, std::span<const PlainRecord> records, std::size_t column) {
  for (const PlainRecord& record : records) {
    const Value* const value = std::get_if<Value>(&record.values[column]);
    LAKEFLOW_TRY(from_arrow(value == nullptr ? builder.AppendNull() : builder.Append(*value)));
  }
  return from_arrow(builder.Finish());
}

Result<std::shared_ptr<arrow::Array>> build_column(PlainType type, std::span<const PlainRecord> records, std::size_t column) {
  switch (type) {
    case PlainType::kText: return build<arrow::StringBuilder, std::string>(arrow::StringBuilder(), records, column);
    case PlainType::kInteger: return build<arrow::Int64Builder, std::int64_t>(arrow::Int64Builder(), records, column);
    case PlainType::kBoolean: return build<arrow::BooleanBuilder, bool>(arrow::BooleanBuilder(), records, column);
    case PlainType::kTimestamp:
      return build<arrow::TimestampBuilder, std::int64_t>(arrow::TimestampBuilder(arrow_type(type), arrow::default_memory_pool()), records, column);
  }
  return std::unexpected(Error::internal("a type without a column"));
}

// "meta.version" is the member version of meta; "id" no member of anything.
std::pair<std::string_view, std::string_view> split_path(std::string_view path) {
  const std::size_t dot = path.find('.');
  return dot == std::string_view::npos ? std::pair(path, std::string_view()) : std::pair(path.substr(0, dot), path.substr(dot + 1));
}

// A top-level column: itself, or the members of a struct.
struct Group {
  std::string name;
  bool is_struct = false;
  std::vector<std::size_t> columns;
};

std::vector<Group> group_columns(const PlainTable& table) {
  std::vector<Group> groups;
  for (std::size_t column = 0; column < table.columns.size(); ++column) {
    const auto [name, member] = split_path(table.columns[column].path);
    if (groups.empty() || groups.back().name != name) {
      groups.push_back({std::string(name), !member.empty(), {}});
    }
    groups.back().columns.push_back(column);
  }
  return groups;
}

std::shared_ptr<arrow::Schema> arrow_schema(const PlainTable& table) {
  arrow::FieldVector fields;
  for (const Group& group : group_columns(table)) {
    arrow::FieldVector members;
    for (const std::size_t column : group.columns) {
      const PlainColumn& plain = table.columns[column];
      members.push_back(arrow::field(std::string(group.is_struct ? split_path(plain.path).second : plain.path), arrow_type(plain.type)));
    }
    fields.push_back(group.is_struct ? arrow::field(group.name, arrow::struct_(members)) : members.front());
  }
  return arrow::schema(std::move(fields));
}

// A struct is absent where all of its members are null.
Result<std::shared_ptr<arrow::Array>> build_struct(const std::shared_ptr<arrow::DataType>& type, const arrow::ArrayVector& members) {
  arrow::TypedBufferBuilder<bool> present;
  for (std::int64_t row = 0; row < members.front()->length(); ++row) {
    LAKEFLOW_TRY(from_arrow(present.Append(std::ranges::any_of(members, [row](const auto& member) { return member->IsValid(row); }))));
  }
  LAKEFLOW_ASSIGN(std::shared_ptr<arrow::Buffer> validity, from_arrow(present.Finish()));
  return std::make_shared<arrow::StructArray>(type, members.front()->length(), members, std::move(validity));
}

Result<PlainValue> read_value(const arrow::Array& values, std::int64_t row) {
  if (values.IsNull(row)) {
    return PlainValue();
  }
  switch (values.type_id()) {
    case arrow::Type::STRING: return static_cast<const arrow::StringArray&>(values).GetString(row);
    case arrow::Type::INT64: return static_cast<const arrow::Int64Array&>(values).Value(row);
    case arrow::Type::BOOL: return static_cast<const arrow::BooleanArray&>(values).Value(row);
    case arrow::Type::TIMESTAMP: return static_cast<const arrow::TimestampArray&>(values).Value(row);
    default: return std::unexpected(Error::destination(fmt::format("the destination gave a column of type {}", values.type()->ToString())));
  }
}

Result<std::shared_ptr<arrow::Array>> find_values(const arrow::RecordBatch& rows, const std::string& path) {
  const auto [name, member] = split_path(path);
  std::shared_ptr<arrow::Array> values = rows.GetColumnByName(std::string(name));
  if (values && !member.empty()) {
    const int index =
        values->type_id() == arrow::Type::STRUCT ? static_cast<const arrow::StructType&>(*values->type()).GetFieldIndex(std::string(member)) : -1;
    LAKEFLOW_ASSIGN(values, index < 0 ? Result<std::shared_ptr<arrow::Array>>(nullptr)
                                      : from_arrow(static_cast<const arrow::StructArray&>(*values).GetFlattenedField(index)));
  }
  if (!values) {
    return std::unexpected(Error::destination(fmt::format("the destination's table has no column {}", path)));
  }
  return values;
}

std::string value_text(const PlainValue& value, PlainType type) {
  if (const auto* number = std::get_if<std::int64_t>(&value)) {
    return type == PlainType::kTimestamp ? format_utc(*number) : std::to_string(*number);
  }
  if (const auto* flag = std::get_if<bool>(&value)) {
    return *flag ? "true" : "false";
  }
  if (const auto* text = std::get_if<std::string>(&value)) {
    return text->empty() || *text == "null" || text->find(' ') != std::string::npos ? "\"" + *text + "\"" : *text;
  }
  return "null";
}

// Of the parts of a start or an end.
std::vector<PlainType> end_types(const PlainTable& table) {
  if (table.ingestion_type == IngestionType::kSnapshot) return {PlainType::kTimestamp};
  std::vector<PlainType> types;
  for (const std::string& path : table.sequence) {
    const auto column = std::ranges::find(table.columns, path, &PlainColumn::path);
    types.push_back(column == table.columns.end() ? PlainType::kText : column->type);
  }
  return types;
}

Result<PlainValues> read_end(const arrow::Array& ends, std::int64_t row) {
  PlainValues values;
  if (ends.IsNull(row)) return values;
  if (ends.type_id() != arrow::Type::STRUCT) {
    LAKEFLOW_ASSIGN(PlainValue value, read_value(ends, row));
    values.push_back(std::move(value));
    return values;
  }
  for (const auto& member : static_cast<const arrow::StructArray&>(ends).fields()) {
    LAKEFLOW_ASSIGN(PlainValue value, read_value(*member, row));
    values.push_back(std::move(value));
  }
  return values;
}

}  // namespace

Result<PlainValues> parse_end(std::string_view text, const PlainTable& table) {
  PlainValues values;
  if (text == "null") return values;
  for (const PlainType type : end_types(table)) {
    const std::size_t end = std::min(text.find('/'), text.size());
    LAKEFLOW_ASSIGN(PlainValue value, parse_plain_value(text.substr(0, end), type));
    values.push_back(std::move(value));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return values;
}

std::string end_text(const PlainTable& table, const PlainValues& end) {
  const std::vector<PlainType> types = end_types(table);
  if (end.size() != types.size()) return "null";
  std::string text;
  for (std::size_t part = 0; part < end.size(); ++part) {
    text += (part == 0 ? "" : "/") + value_text(end[part], types[part]);
  }
  return text;
}

Result<TablePlan> PlainTable::plan(TimestampMicros run_started_at) const {
  PipelineTable pipeline_table;
  pipeline_table.source_table = "subject";
  pipeline_table.destination = target();
  pipeline_table.scd_type = scd_type;
  pipeline_table.sequence_by = sequence;
  pipeline_table.track_history_except = track_history_except;
  return TablePlan::make(pipeline_table, {.ingestion_type = ingestion_type, .primary_keys = keys, .cursor_field = "", .subject_field = ""},
                         arrow_schema(*this), run_started_at);
}

Result<PlainValue> parse_plain_value(std::string_view text, PlainType type) {
  if (text == "null") {
    return PlainValue();
  }
  if (text.size() >= 2 && text.starts_with('"') && text.ends_with('"')) {
    text = text.substr(1, text.size() - 2);
  }
  switch (type) {
    case PlainType::kText: return std::string(text);
    case PlainType::kInteger:
      if (const auto number = parse_integer(text)) return *number;
      break;
    case PlainType::kBoolean:
      if (const auto flag = parse_boolean(text)) return *flag;
      break;
    case PlainType::kTimestamp:
      if (const auto time = parse_utc(text)) return *time;
      break;
  }
  return std::unexpected(Error::user(fmt::format("{} is no value of its column", text)));
}

std::string plain_text(const PlainTable& table, const PlainValues& values) {
  std::string text;
  for (std::size_t column = 0; column < values.size(); ++column) {
    text += (column == 0 ? "" : " ") + value_text(values[column], table.columns[column].type);
  }
  return text;
}

Result<PlainBatch> decode_plain(const PlainTable& table, std::span<const PlainRecord> records) {
  PlainBatch batch;
  batch.raw.origins = {"subject.ndjson"};
  for (std::uint32_t record = 0; record < records.size(); ++record) {
    batch.raw.records.push_back(
        {.bytes = {}, .operation = records[record].is_delete ? Operation::kDelete : Operation::kUpsert, .origin = 0, .position = record});
    batch.decoded.records.push_back(record);
  }
  const std::shared_ptr<arrow::Schema> schema = arrow_schema(table);
  arrow::ArrayVector columns;
  for (const Group& group : group_columns(table)) {
    arrow::ArrayVector members;
    for (const std::size_t column : group.columns) {
      LAKEFLOW_ASSIGN(std::shared_ptr<arrow::Array> member, build_column(table.columns[column].type, records, column));
      members.push_back(std::move(member));
    }
    if (group.is_struct) {
      LAKEFLOW_ASSIGN(members.front(), build_struct(schema->GetFieldByName(group.name)->type(), members));
    }
    columns.push_back(members.front());
  }
  batch.decoded.rows = arrow::RecordBatch::Make(schema, std::ssize(records), std::move(columns));
  return batch;
}

Result<std::vector<std::string>> read_plain(Destination& destination, const PlainTable& table) {
  const TableName target = table.target();
  LAKEFLOW_ASSIGN(const std::shared_ptr<arrow::RecordBatchReader> reader,
                  destination.query(fmt::format(R"(SELECT * FROM "{}"."{}")", target.schema, target.table)));
  std::vector<std::string> texts;
  while (true) {
    LAKEFLOW_ASSIGN(const std::shared_ptr<arrow::RecordBatch> rows, from_arrow(reader->Next()));
    if (!rows) {
      break;
    }
    arrow::ArrayVector columns;
    for (const PlainColumn& column : table.columns) {
      LAKEFLOW_ASSIGN(std::shared_ptr<arrow::Array> values, find_values(*rows, column.path));
      columns.push_back(std::move(values));
    }
    std::shared_ptr<arrow::Array> starts;
    std::shared_ptr<arrow::Array> ends;
    if (table.keeps_history()) {
      LAKEFLOW_ASSIGN(starts, find_values(*rows, std::string(kStartAtColumn)));
      LAKEFLOW_ASSIGN(ends, find_values(*rows, std::string(kEndAtColumn)));
    }
    for (std::int64_t row = 0; row < rows->num_rows(); ++row) {
      PlainValues values;
      for (const auto& column : columns) {
        LAKEFLOW_ASSIGN(PlainValue value, read_value(*column, row));
        values.push_back(std::move(value));
      }
      texts.push_back(plain_text(table, values));
      if (starts) {
        LAKEFLOW_ASSIGN(const PlainValues start, read_end(*starts, row));
        LAKEFLOW_ASSIGN(const PlainValues end, read_end(*ends, row));
        texts.back() += fmt::format(" {} {}", end_text(table, start), end_text(table, end));
      }
    }
  }
  std::ranges::sort(texts);
  return texts;
}

}  // namespace lakeflow
