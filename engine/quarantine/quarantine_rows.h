#pragma once

#include <functional>
#include <string>

#include "base/error.h"
#include "destinations/interface/destination.h"

namespace arrow {
class RecordBatch;
}

namespace lakeflow {

// Runs the query and gives its rows, a batch at a time, to the end.
Status for_each_batch(Destination& destination, const std::string& sql, const std::function<Status(const arrow::RecordBatch&)>& visit);

// A value of a column as text, by the column's name; empty for null.
std::string text_at(const arrow::RecordBatch& rows, const char* column, std::int64_t row);
std::string bytes_at(const arrow::RecordBatch& rows, const char* column, std::int64_t row);

}  // namespace lakeflow
