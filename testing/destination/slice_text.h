#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "destinations/interface/destination.h"

namespace arrow {
class RecordBatch;
class Schema;
}  // namespace arrow

namespace lakeflow::testing {

// Rows in as JSON, and rows, counts and errors out as text: so that a test of a destination reads as what it says.

// "kind: message / next step".
std::string text_of(const Error& error);

// A batch from JSON rows: [{"id": "a", "v": 1}, …].
std::shared_ptr<arrow::RecordBatch> rows_of(const std::shared_ptr<arrow::Schema>& schema, std::string_view json);

// A slice of the plan from JSON rows, with the keys, sequences and hashes of its columns. A row's "_delete": true makes it a delete.
ChangeSlice slice_of(const ApplyPlan& plan, std::string_view json);

// The rows of a query, a line each, columns parted by " | ". The query's error where it has one.
std::string query_text(Destination& destination, std::string_view sql);

// "2 inserted, 1 updated": what is not zero, in the order of ApplyCounts.
std::string counts_text(const ApplyCounts& counts);

// Applies slices in one transaction and commits it; the counts of each, a line each, or the error.
std::string apply_text(Destination& destination, const ApplyPlan& plan, const std::vector<std::string_view>& slices);
// The same for a snapshot, finished complete or not: its counts are the last line.
std::string snapshot_text(Destination& destination, const ApplyPlan& plan, const std::vector<std::string_view>& slices, bool complete);

}  // namespace lakeflow::testing
