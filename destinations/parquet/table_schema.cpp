#include "destinations/parquet/table_schema.h"

#include <arrow/array/array_nested.h>
#include <arrow/array/util.h>
#include <arrow/compute/cast.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <arrow/type_traits.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <set>

#include "base/arrow_error.h"
#include "destinations/sql/sql_text.h"

namespace lakeflow {
namespace {

constexpr int kMostDecimalDigits = 38;

std::unexpected<Error> no_column(const arrow::DataType& type) {
  return std::unexpected(Error::user(fmt::format("Parquet, as it is read by others, has no column for the type {}", type.ToString())));
}

Status check_names(const arrow::FieldVector& fields, std::string_view what) {
  std::set<std::string> names;
  for (const auto& field : fields) {
    if (!names.insert(lower_name(field->name())).second) {
      return std::unexpected(Error::user(fmt::format("{} are named {}, case aside, which readers take for one", what, field->name())));
    }
  }
  return {};
}

Status check_type(const arrow::DataType& type) {
  switch (type.id()) {
    case arrow::Type::BOOL:
    case arrow::Type::STRING:
    case arrow::Type::LARGE_STRING:
    case arrow::Type::BINARY:
    case arrow::Type::LARGE_BINARY:
    case arrow::Type::FIXED_SIZE_BINARY:
    case arrow::Type::FLOAT:
    case arrow::Type::DOUBLE:
    case arrow::Type::DATE32:
    case arrow::Type::DATE64:
    case arrow::Type::TIME32:
    case arrow::Type::TIME64:
    case arrow::Type::TIMESTAMP: return {};
    case arrow::Type::DECIMAL128: {
      const auto& decimal = static_cast<const arrow::Decimal128Type&>(type);
      return decimal.scale() >= 0 && decimal.scale() <= decimal.precision() ? Status() : no_column(type);
    }
    case arrow::Type::LIST:
    case arrow::Type::LARGE_LIST:
    case arrow::Type::MAP:
    case arrow::Type::STRUCT:
      if (type.num_fields() == 0) return no_column(type);
      LAKEFLOW_TRY(check_names(type.fields(), "two members of a struct"));
      for (const auto& field : type.fields()) LAKEFLOW_TRY(check_type(*field->type()));
      return {};
    default: return arrow::is_integer(type.id()) ? Status() : no_column(type);
  }
}

// From the narrowest to the widest.
constexpr std::array kSignedIntegers = {arrow::Type::INT8, arrow::Type::INT16, arrow::Type::INT32, arrow::Type::INT64};
constexpr std::array kUnsignedIntegers = {arrow::Type::UINT8, arrow::Type::UINT16, arrow::Type::UINT32, arrow::Type::UINT64};
constexpr std::array kFloatingPoints = {arrow::Type::FLOAT, arrow::Type::DOUBLE};
constexpr std::array kTexts = {arrow::Type::STRING, arrow::Type::LARGE_STRING};
constexpr std::array kBytes = {arrow::Type::BINARY, arrow::Type::LARGE_BINARY};

using Type = std::shared_ptr<arrow::DataType>;

template <std::size_t N>
std::optional<Type> wider(const std::array<arrow::Type::type, N>& ladder, const Type& one, const Type& other) {
  const auto place = std::ranges::find(ladder, one->id());
  const auto other_place = std::ranges::find(ladder, other->id());
  if (place == ladder.end() || other_place == ladder.end()) return std::nullopt;
  return place < other_place ? other : one;
}

// Grows one column, and notes what it did.
class TypeGrowth {
 public:
  explicit TypeGrowth(SchemaGrowth& growth) : growth_(growth) {}

  Type grow(const std::string& place, const Type& table, const Type& wanted) {
    if (table->Equals(*wanted)) return table;
    if (table->id() == arrow::Type::STRUCT && wanted->id() == arrow::Type::STRUCT) return grow_struct(place, *table, *wanted);
    const bool lists = table->id() == wanted->id() && (table->id() == arrow::Type::LIST || table->id() == arrow::Type::LARGE_LIST);
    if (lists) {
      const auto element = table->field(0)->WithType(grow(place + ".element", table->field(0)->type(), wanted->field(0)->type()));
      return table->id() == arrow::Type::LIST ? arrow::list(element) : arrow::large_list(element);
    }
    const std::optional<Type> grown = grow_scalar(table, wanted);
    if (!grown) {
      if (growth_.conflict.empty()) growth_.conflict = fmt::format("{}: {} can't take {}", place, table->ToString(), wanted->ToString());
      return table;
    }
    if (!(*grown)->Equals(*table)) growth_.changes.push_back(fmt::format("{}: {} became {}", place, table->ToString(), (*grown)->ToString()));
    return *grown;
  }

 private:
  static std::optional<Type> grow_scalar(const Type& table, const Type& wanted) {
    if (table->id() == arrow::Type::DECIMAL128 && wanted->id() == arrow::Type::DECIMAL128) {
      const auto& one = static_cast<const arrow::Decimal128Type&>(*table);
      const auto& other = static_cast<const arrow::Decimal128Type&>(*wanted);
      const int scale = std::max(one.scale(), other.scale());
      const int precision = scale + std::max(one.precision() - one.scale(), other.precision() - other.scale());
      return precision <= kMostDecimalDigits ? std::optional<Type>(arrow::decimal128(precision, scale)) : std::nullopt;
    }
    // Of texts and bytes the widths are Arrow's alone: a file knows one kind.
    for (const auto* const kinds : {&kTexts, &kBytes}) {
      if (wider(*kinds, table, wanted)) return table;
    }
    for (const auto* const ladder : {&kSignedIntegers, &kUnsignedIntegers}) {
      if (auto type = wider(*ladder, table, wanted)) return type;
    }
    return wider(kFloatingPoints, table, wanted);
  }

  Type grow_struct(const std::string& place, const arrow::DataType& table, const arrow::DataType& wanted) {
    arrow::FieldVector members = table.fields();
    for (const auto& member : wanted.fields()) {
      const std::string below = place + "." + member->name();
      const auto found = std::ranges::find(members, lower_name(member->name()), [](const auto& field) { return lower_name(field->name()); });
      if (found != members.end()) {
        *found = (*found)->WithType(grow(below, (*found)->type(), member->type()));
      } else {
        members.push_back(member);
        growth_.changes.push_back(fmt::format("{} was added", below));
      }
    }
    return arrow::struct_(std::move(members));
  }

  SchemaGrowth& growth_;
};

Result<std::shared_ptr<arrow::Array>> conform_array(const std::shared_ptr<arrow::Array>& array, const Type& type);

// The children as they lie in memory, before any slicing: so the offset and the bits of the parent hold for the new ones.
Result<std::shared_ptr<arrow::Array>> conform_struct(const arrow::Array& array, const Type& type) {
  const arrow::ArrayData& data = *array.data();
  std::vector<std::shared_ptr<arrow::ArrayData>> children;
  for (const auto& wanted : type->fields()) {
    const auto& members = array.type()->fields();
    const auto found = std::ranges::find(members, lower_name(wanted->name()), [](const auto& field) { return lower_name(field->name()); });
    if (found == members.end()) {
      LAKEFLOW_ASSIGN(const auto missing, from_arrow(arrow::MakeArrayOfNull(wanted->type(), data.length + data.offset)));
      children.push_back(missing->data());
    } else {
      const auto& child = data.child_data[static_cast<std::size_t>(found - members.begin())];
      LAKEFLOW_ASSIGN(const auto conformed, conform_array(arrow::MakeArray(child), wanted->type()));
      children.push_back(conformed->data());
    }
  }
  return arrow::MakeArray(arrow::ArrayData::Make(type, data.length, data.buffers, std::move(children), data.null_count, data.offset));
}

Result<std::shared_ptr<arrow::Array>> conform_array(const std::shared_ptr<arrow::Array>& array, const Type& type) {
  if (array->type()->Equals(*type)) return array;
  if (type->id() == arrow::Type::STRUCT) return conform_struct(*array, type);
  if (array->type_id() == type->id() && (type->id() == arrow::Type::LIST || type->id() == arrow::Type::LARGE_LIST)) {
    const arrow::ArrayData& data = *array->data();
    LAKEFLOW_ASSIGN(const auto elements, conform_array(arrow::MakeArray(data.child_data[0]), type->field(0)->type()));
    return arrow::MakeArray(arrow::ArrayData::Make(type, data.length, data.buffers, {elements->data()}, data.null_count, data.offset));
  }
  return from_arrow(arrow::compute::Cast(*array, type));
}

}  // namespace

Status check_column_types(const ApplyPlan& plan) {
  const std::string table = "table " + plan.target.text();
  if (const Status distinct = check_names(plan.schema->fields(), "two columns"); !distinct) return std::unexpected(distinct.error().at(table));
  for (const auto& field : plan.schema->fields()) {
    if (const Status known = check_type(*field->type()); !known) {
      return std::unexpected(known.error().at(fmt::format("{}, column {}", table, field->name())));
    }
  }
  return {};
}

SchemaGrowth grow_schema(const arrow::Schema& table, const arrow::Schema& wanted) {
  SchemaGrowth growth;
  TypeGrowth types(growth);
  arrow::FieldVector fields = table.fields();
  for (const auto& field : wanted.fields()) {
    const std::string place = "column " + field->name();
    const auto found = std::ranges::find(fields, lower_name(field->name()), [](const auto& column) { return lower_name(column->name()); });
    if (found != fields.end()) {
      *found = (*found)->WithType(types.grow(place, (*found)->type(), field->type()));
    } else {
      fields.push_back(field);
      growth.changes.push_back(place + " was added");
    }
  }
  growth.schema = arrow::schema(std::move(fields), table.metadata());
  return growth;
}

Result<std::shared_ptr<arrow::RecordBatch>> conform(const std::shared_ptr<arrow::RecordBatch>& rows, const std::shared_ptr<arrow::Schema>& schema) {
  if (rows->schema()->Equals(*schema, /*check_metadata=*/false)) return rows;
  arrow::ArrayVector columns;
  for (const auto& field : schema->fields()) {
    const auto& fields = rows->schema()->fields();
    const auto found = std::ranges::find(fields, lower_name(field->name()), [](const auto& column) { return lower_name(column->name()); });
    if (found == fields.end()) {
      LAKEFLOW_ASSIGN(columns.emplace_back(), from_arrow(arrow::MakeArrayOfNull(field->type(), rows->num_rows())));
    } else {
      LAKEFLOW_ASSIGN(columns.emplace_back(), conform_array(rows->column(static_cast<int>(found - fields.begin())), field->type()));
    }
  }
  return arrow::RecordBatch::Make(schema, rows->num_rows(), std::move(columns));
}

}  // namespace lakeflow
