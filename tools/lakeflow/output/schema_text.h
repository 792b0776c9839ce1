#pragma once

#include <cstddef>

#include <nlohmann/json_fwd.hpp>

namespace arrow {
class Schema;
}  // namespace arrow

namespace lakeflow {

class TextTable;

// {"name", "type", "nullable", "description", "fields": […]} for each column; fields of structs and of arrays of structs nested.
nlohmann::ordered_json schema_json(const arrow::Schema& schema);

// A row for each column and, indented below it, for each field of its structs: name, type, description. `depth` 1: columns alone.
TextTable schema_table(const arrow::Schema& schema, int depth, std::size_t maximum_width);

}  // namespace lakeflow
