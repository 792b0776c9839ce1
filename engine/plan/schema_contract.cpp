#include "engine/plan/schema_contract.h"

#include <arrow/array.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <fmt/format.h>

#include <algorithm>
#include <cctype>

namespace lakeflow {
namespace {

bool same_name(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, [](unsigned char x, unsigned char y) { return std::tolower(x) == std::tolower(y); });
}

std::shared_ptr<arrow::Field> find_field(const arrow::FieldVector& fields, std::string_view name) {
  const auto found = std::ranges::find_if(fields, [&](const auto& field) { return same_name(field->name(), name); });
  return found == fields.end() ? nullptr : *found;
}

bool is_list(const arrow::DataType& type) { return type.id() == arrow::Type::LIST || type.id() == arrow::Type::LARGE_LIST; }

arrow::FieldVector known_fields(const arrow::FieldVector& source, const arrow::FieldVector& table, const std::string& path,
                                std::vector<std::string>& left_out);

// Only structs, and lists of them, can lack something; of two kinds of types the destination has its say.
std::shared_ptr<arrow::DataType> known_type(const std::shared_ptr<arrow::DataType>& source, const arrow::DataType& table, const std::string& path,
                                            std::vector<std::string>& left_out) {
  if (source->id() == arrow::Type::STRUCT && table.id() == arrow::Type::STRUCT) {
    return arrow::struct_(known_fields(source->fields(), table.fields(), path + ".", left_out));
  }
  if (is_list(*source) && is_list(table)) {
    const std::shared_ptr<arrow::Field> element = source->field(0);
    const auto field = element->WithType(known_type(element->type(), *table.field(0)->type(), path, left_out));
    return source->id() == arrow::Type::LIST ? arrow::list(field) : arrow::large_list(field);
  }
  return source;
}

arrow::FieldVector known_fields(const arrow::FieldVector& source, const arrow::FieldVector& table, const std::string& path,
                                std::vector<std::string>& left_out) {
  arrow::FieldVector known;
  for (const auto& field : source) {
    const std::shared_ptr<arrow::Field> has = find_field(table, field->name());
    if (!has) {
      left_out.push_back(path + field->name());
      continue;
    }
    known.push_back(field->WithType(known_type(field->type(), *has->type(), path + field->name(), left_out)));
  }
  return known;
}

Result<std::shared_ptr<arrow::Array>> take_members(const std::shared_ptr<arrow::Array>& values, const std::shared_ptr<arrow::DataType>& type) {
  if (values->type()->Equals(*type)) {
    return values;
  }
  const std::shared_ptr<arrow::ArrayData> taken = values->data()->Copy();
  taken->type = type;
  const auto child = [&](int index, const std::shared_ptr<arrow::DataType>& wanted) -> Result<std::shared_ptr<arrow::ArrayData>> {
    LAKEFLOW_ASSIGN(const std::shared_ptr<arrow::Array> member,
                    take_members(arrow::MakeArray(values->data()->child_data[static_cast<std::size_t>(index)]), wanted));
    return member->data();
  };
  taken->child_data.clear();
  if (is_list(*type)) {
    LAKEFLOW_ASSIGN(taken->child_data.emplace_back(), child(0, type->field(0)->type()));
    return arrow::MakeArray(taken);
  }
  for (const auto& field : type->fields()) {
    const int index = static_cast<const arrow::StructType&>(*values->type()).GetFieldIndex(field->name());
    if (index < 0) {
      return std::unexpected(Error::internal(fmt::format("a batch lacks the member {} of its table's schema", field->name())));
    }
    LAKEFLOW_ASSIGN(taken->child_data.emplace_back(), child(index, field->type()));
  }
  return arrow::MakeArray(taken);
}

}  // namespace

std::shared_ptr<arrow::Schema> known_columns(const arrow::Schema& source, const arrow::Schema& table, std::vector<std::string>& left_out) {
  return arrow::schema(known_fields(source.fields(), table.fields(), "", left_out), source.metadata());
}

Result<std::shared_ptr<arrow::RecordBatch>> take_columns(const arrow::RecordBatch& rows, const std::shared_ptr<arrow::Schema>& schema) {
  arrow::ArrayVector columns;
  for (const auto& field : schema->fields()) {
    const std::shared_ptr<arrow::Array> column = rows.GetColumnByName(field->name());
    if (!column) {
      return std::unexpected(Error::internal(fmt::format("a batch lacks the column {} of its table's schema", field->name())));
    }
    LAKEFLOW_ASSIGN(columns.emplace_back(), take_members(column, field->type()));
  }
  return arrow::RecordBatch::Make(schema, rows.num_rows(), std::move(columns));
}

}  // namespace lakeflow
