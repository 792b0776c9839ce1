#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "destinations/interface/destination.h"

namespace arrow {
class DataType;
class RecordBatch;
class Schema;
}  // namespace arrow

namespace lakeflow::testing {

// A struct of structs, lists, lists of structs and plain values, down to the depth; another one for each seed.
std::shared_ptr<arrow::DataType> nested_type(std::uint32_t seed, int depth = 4);

// Rows of these columns with invented values, nulls among them at every depth; a column `id` counts from 0.
std::shared_ptr<arrow::RecordBatch> nested_rows(const std::shared_ptr<arrow::Schema>& schema, std::int64_t count, std::uint32_t seed);

// What a query gives, held against rows of other ids each: empty where it is them, value by value, in any order; else how many differ, and the
// first that does.
std::string difference(Destination& destination, const std::string& sql, const arrow::RecordBatch& rows);

}  // namespace lakeflow::testing
