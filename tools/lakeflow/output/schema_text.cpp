#include "tools/lakeflow/output/schema_text.h"

#include <arrow/type.h>
#include <nlohmann/json.hpp>

#include "sources/interface/schema_words.h"
#include "tools/lakeflow/output/text_table.h"

namespace lakeflow {
namespace {

using Json = nlohmann::ordered_json;

// The type whose fields are listed under a column: a struct, or the struct in an array.
const arrow::DataType& innermost(const arrow::DataType& type) { return type.id() == arrow::Type::LIST ? innermost(*type.field(0)->type()) : type; }

Json field_json(const arrow::Field& field) {
  Json json = {{"name", field.name()}, {"type", type_name(*field.type())}, {"nullable", field.nullable()}};
  if (std::string description = description_of(field); !description.empty()) {
    json["description"] = std::move(description);
  }
  const arrow::DataType& inner = innermost(*field.type());
  if (inner.id() == arrow::Type::STRUCT) {
    Json& fields = json["fields"] = Json::array();
    for (const auto& member : inner.fields()) {
      fields.push_back(field_json(*member));
    }
  }
  return json;
}

void add_field(TextTable& table, const arrow::Field& field, int level, int depth) {
  table.add({std::string(static_cast<std::size_t>(2 * level), ' ') + field.name(), type_name(*field.type()), description_of(field)});
  const arrow::DataType& inner = innermost(*field.type());
  if (inner.id() == arrow::Type::STRUCT && level + 1 < depth) {
    for (const auto& member : inner.fields()) {
      add_field(table, *member, level + 1, depth);
    }
  }
}

}  // namespace

Json schema_json(const arrow::Schema& schema) {
  Json columns = Json::array();
  for (const auto& field : schema.fields()) {
    columns.push_back(field_json(*field));
  }
  return columns;
}

TextTable schema_table(const arrow::Schema& schema, int depth, std::size_t maximum_width) {
  TextTable table({{"COLUMN"}, {"TYPE"}, {"DESCRIPTION"}}, maximum_width);
  for (const auto& field : schema.fields()) {
    add_field(table, *field, 0, depth);
  }
  return table;
}

}  // namespace lakeflow
