#include "destinations/duckdb/physical_shape.h"

#include <arrow/array/array_base.h>
#include <arrow/array/array_nested.h>
#include <arrow/array/data.h>
#include <arrow/record_batch.h>
#include <arrow/result.h>
#include <arrow/type.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>
#include <vector>

#include "destinations/interface/framework_columns.h"

namespace lakeflow {
namespace {

constexpr std::array kFrameworkColumns = {kRescuedDataColumn,        kSourceFileColumn, kSourcePositionColumn,
                                          kIngestionTimestampColumn, kRunIdColumn,      kContentHashColumn,
                                          kTrackedHashColumn,        kStartAtColumn,    kEndAtColumn};

ColumnType without_members(const ColumnType& type) {
  ColumnType bare;
  bare.id = type.id;
  bare.width = type.width;
  bare.scale = type.scale;
  return bare;
}

void add(ColumnType& type, const std::string& name, ColumnType member) {
  type.members.push_back({name, std::make_unique<ColumnType>(std::move(member))});
}

// The least part of a type.
ColumnType least_part(const ColumnType& type) {
  if (type.id != DUCKDB_TYPE_STRUCT && type.id != DUCKDB_TYPE_LIST) return type.copy();
  ColumnType part = without_members(type);
  add(part, type.members.front().name, least_part(*type.members.front().type));
  return part;
}

// What lies in the lists, with what may lie between them where they are null.
template <typename List>
std::shared_ptr<arrow::Array> elements_of(const arrow::Array& lists) {
  const auto& typed = static_cast<const List&>(lists);
  const std::int64_t first = typed.value_offset(0);
  return typed.values()->Slice(first, typed.value_offset(typed.length()) - first);
}

// A sequence's path: "meta.lastUpdated".
void keep_path(const ColumnType& columns, std::string_view path, ColumnType& kept) {
  const std::size_t dot = std::min(path.find('.'), path.size());
  const std::string name(path.substr(0, dot));
  const ColumnType* const column = columns.find(name);
  if (column == nullptr) return;
  if (dot == path.size() || column->id != DUCKDB_TYPE_STRUCT) {
    add(kept, name, column->copy());
    return;
  }
  ColumnType inner = without_members(*column);
  keep_path(*column, path.substr(dot + 1), inner);
  add(kept, name, std::move(inner));
}

// Null where nothing of the type is stored.
std::shared_ptr<arrow::DataType> type_part(const std::shared_ptr<arrow::DataType>& type, const ColumnType& stored) {
  const auto id = type->id();
  if (id == arrow::Type::LIST || id == arrow::Type::LARGE_LIST) {
    if (stored.id != DUCKDB_TYPE_LIST) return type;
    const std::shared_ptr<arrow::Field>& element = type->field(0);
    std::shared_ptr<arrow::DataType> part = type_part(element->type(), *stored.members.front().type);
    if (part == nullptr || part == element->type()) return part == nullptr ? nullptr : type;
    return id == arrow::Type::LIST ? arrow::list(element->WithType(std::move(part))) : arrow::large_list(element->WithType(std::move(part)));
  }
  if (id != arrow::Type::STRUCT || stored.id != DUCKDB_TYPE_STRUCT) return type;
  arrow::FieldVector fields;
  bool whole = true;
  for (const auto& field : type->fields()) {
    const ColumnType* const member = stored.find(field->name());
    std::shared_ptr<arrow::DataType> part = member == nullptr ? nullptr : type_part(field->type(), *member);
    whole = whole && part == field->type();
    if (part != nullptr) fields.push_back(field->WithType(std::move(part)));
  }
  if (whole) return type;
  return fields.empty() ? nullptr : arrow::struct_(std::move(fields));
}

std::shared_ptr<arrow::ArrayData> data_part(const std::shared_ptr<arrow::ArrayData>& data, const std::shared_ptr<arrow::DataType>& part) {
  const bool is_list = part->id() == arrow::Type::LIST || part->id() == arrow::Type::LARGE_LIST;
  if (data->type == part || (part->id() != arrow::Type::STRUCT && !is_list)) return data;
  std::shared_ptr<arrow::ArrayData> cut = data->Copy();
  cut->type = part;
  if (is_list) {
    cut->child_data[0] = data_part(data->child_data[0], part->field(0)->type());
  } else {
    cut->child_data.clear();
    std::size_t next = 0;  // the part's fields, in the order of the whole's
    for (int i = 0; i < data->type->num_fields() && next < static_cast<std::size_t>(part->num_fields()); ++i) {
      const auto& field = part->field(static_cast<int>(next));
      if (data->type->field(i)->name() != field->name()) continue;
      cut->child_data.push_back(data_part(data->child_data[static_cast<std::size_t>(i)], field->type()));
      ++next;
    }
  }
  return cut;
}

}  // namespace

std::size_t leaf_columns(const ColumnType& type) {
  if (type.members.empty()) return 1;
  std::size_t leaves = 0;
  for (const ColumnType::Member& member : type.members) leaves += leaf_columns(*member.type);
  return leaves;
}

std::optional<ColumnType> used_part(const arrow::Array& values, const ColumnType& type) {
  if (values.null_count() == values.length()) return std::nullopt;
  if (type.id != DUCKDB_TYPE_STRUCT && type.id != DUCKDB_TYPE_LIST) return type.copy();
  ColumnType used = without_members(type);
  if (type.id == DUCKDB_TYPE_LIST) {
    const std::shared_ptr<arrow::Array> elements =
        values.type_id() == arrow::Type::LIST ? elements_of<arrow::ListArray>(values) : elements_of<arrow::LargeListArray>(values);
    std::optional<ColumnType> element = used_part(*elements, *type.members.front().type);
    if (!element) return least_part(type);
    add(used, type.members.front().name, *std::move(element));
    return used;
  }
  const auto& structs = static_cast<const arrow::StructArray&>(values);
  for (std::size_t i = 0; i < type.members.size(); ++i) {
    std::shared_ptr<arrow::Array> values_of = structs.field(static_cast<int>(i));
    if (values_of->null_count() == values_of->length()) continue;
    // What lies below a null is none.
    if (structs.null_count() > 0) {
      arrow::Result<std::shared_ptr<arrow::Array>> below = structs.GetFlattenedField(static_cast<int>(i));
      if (below.ok()) values_of = *std::move(below);
    }
    std::optional<ColumnType> member = used_part(*values_of, *type.members[i].type);
    if (member) add(used, type.members[i].name, *std::move(member));
  }
  return used.members.empty() ? least_part(type) : std::move(used);
}

ColumnType kept_part(const ApplyPlan& plan, const ColumnType& columns) {
  ColumnType kept = without_members(columns);
  for (const auto& field : plan.schema->fields()) {
    const bool is_kept = std::ranges::find(plan.key_columns, field->name()) != plan.key_columns.end() ||
                         std::ranges::find(kFrameworkColumns, field->name()) != kFrameworkColumns.end();
    const ColumnType* const column = is_kept ? columns.find(field->name()) : nullptr;
    if (column != nullptr) add(kept, field->name(), column->copy());
  }
  for (const std::string& sequence : plan.sequence_columns) {
    ColumnType path = without_members(columns);
    keep_path(columns, sequence, path);
    kept = grown_type(kept, path);
  }
  return kept.members.empty() ? least_part(columns) : std::move(kept);
}

ColumnType declared_part(const ColumnType& declared, const ColumnType& part) {
  if (declared.id != part.id || (declared.id != DUCKDB_TYPE_STRUCT && declared.id != DUCKDB_TYPE_LIST)) return declared.copy();
  ColumnType chosen = without_members(declared);
  for (const ColumnType::Member& member : declared.members) {
    if (const ColumnType* const wanted = part.find(member.name)) add(chosen, member.name, declared_part(*member.type, *wanted));
  }
  return chosen.members.empty() ? least_part(declared) : std::move(chosen);
}

std::shared_ptr<arrow::Schema> schema_part(const arrow::Schema& schema, const ColumnType& stored) {
  arrow::FieldVector fields;
  for (const auto& field : schema.fields()) {
    const ColumnType* const column = stored.find(field->name());
    std::shared_ptr<arrow::DataType> part = column == nullptr ? nullptr : type_part(field->type(), *column);
    if (part != nullptr) fields.push_back(field->WithType(std::move(part)));
  }
  return arrow::schema(std::move(fields));
}

std::shared_ptr<arrow::RecordBatch> batch_part(const arrow::RecordBatch& batch, const std::shared_ptr<arrow::Schema>& part) {
  std::vector<std::shared_ptr<arrow::ArrayData>> columns;
  for (const auto& field : part->fields()) columns.push_back(data_part(batch.GetColumnByName(field->name())->data(), field->type()));
  return arrow::RecordBatch::Make(part, batch.num_rows(), std::move(columns));
}

}  // namespace lakeflow
