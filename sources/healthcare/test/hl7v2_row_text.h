#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace arrow {
class RecordBatch;
}

namespace lakeflow {

// A row as a JSON object in the order of its columns, without null members; `leave_out` are top-level names.
std::string row_text(const arrow::RecordBatch& rows, std::int64_t row, const std::vector<std::string>& leave_out = {});

}  // namespace lakeflow
