#include "sources/interface/schema_words.h"

#include <arrow/type.h>
#include <arrow/util/key_value_metadata.h>
#include <fmt/format.h>

#include "sources/interface/schema_rules.h"

namespace lakeflow {

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

std::string description_of(const arrow::Field& field) {
  return field.HasMetadata() ? field.metadata()->Get(std::string(kDescription)).ValueOr(std::string()) : std::string();
}

}  // namespace lakeflow
