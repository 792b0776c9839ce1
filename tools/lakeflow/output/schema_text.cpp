#include "tools/lakeflow/output/schema_text.h"

#include <arrow/type.h>
#include <arrow/util/key_value_metadata.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "sources/interface/schema_rules.h"
#include "tools/lakeflow/output/text_table.h"

namespace lakeflow {
namespace {

using Json = nlohmann::ordered_json;

std::string description_of(const arrow::Field& field) {
  if (!field.HasMetadata()) {
    return {};
  }
  return field.metadata()->Get(std::string(kDescription)).ValueOr(std::string());
}

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

std::string type_name(const arrow::DataType& type) {
  switch (type.id()) {
    case arrow::Type::BOOL: return "boolean";
    case arrow::Type::INT64: return "long";
    case arrow::Type::DOUBLE: return "double";
    case arrow::Type::STRING: return "string";
    case arrow::Type::BINARY: return "binary";
    case arrow::Type::DATE32: return "date";
    case arrow::Type::STRUCT: return "struct";
    case arrow::Type::DECIMAL128: {
      const auto& decimal = static_cast<const arrow::DecimalType&>(type);
      return fmt::format("decimal({},{})", decimal.precision(), decimal.scale());
    }
    case arrow::Type::TIMESTAMP: return static_cast<const arrow::TimestampType&>(type).timezone().empty() ? "timestamp_ntz" : "timestamp";
    case arrow::Type::LIST: return fmt::format("array<{}>", type_name(*type.field(0)->type()));
    case arrow::Type::MAP: {
      const auto& map = static_cast<const arrow::MapType&>(type);
      return fmt::format("map<{},{}>", type_name(*map.key_type()), type_name(*map.item_type()));
    }
    default: return type.ToString();
  }
}

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
