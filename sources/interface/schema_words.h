#pragma once

#include <string>

namespace arrow {
class DataType;
class Field;
}  // namespace arrow

namespace lakeflow {

// What people read of a schema.

// The type as a pipeline's author calls it: "string", "long", "decimal(38,9)", "array<struct>".
std::string type_name(const arrow::DataType& type);

// The field's description (schema_rules.h); empty where it has none.
std::string description_of(const arrow::Field& field);

}  // namespace lakeflow
