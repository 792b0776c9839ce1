#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/error.h"
#include "destinations/interface/apply_plan.h"

namespace arrow {
class RecordBatch;
class Schema;
}  // namespace arrow

namespace lakeflow {

// A user error where a file can't hold the plan's columns, or those who read it have no name for them (DuckDB and Spark take names for
// equal that differ by case alone).
Status check_column_types(const ApplyPlan& plan);

// What a table's columns must become to take rows of a wanted schema.
struct SchemaGrowth {
  std::shared_ptr<arrow::Schema> schema;  // the table's columns first, in their order
  std::vector<std::string> changes;       // "column x was added", "column n: int32 became int64"
  std::string conflict;                   // "column n: int64 can't take string"; empty where there is none
};

// Columns, and members of structs at any depth of structs and lists, that the table lacks are added; integers, floating points and decimals
// are widened without loss. What the wanted schema lacks stays.
SchemaGrowth grow_schema(const arrow::Schema& table, const arrow::Schema& wanted);

// The rows with the schema's columns, in its order: null where the rows lack one, widened where they are narrower.
Result<std::shared_ptr<arrow::RecordBatch>> conform(const std::shared_ptr<arrow::RecordBatch>& rows, const std::shared_ptr<arrow::Schema>& schema);

}  // namespace lakeflow
