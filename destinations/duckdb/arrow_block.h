#pragma once

#include <cstdint>
#include <memory>

#include "base/error.h"

namespace arrow {
class RecordBatch;
}  // namespace arrow

namespace lakeflow {

// Rows `start` to `start + length` of a batch, as DuckDB's conversion has to get them: no struct in it has an offset, at any depth. Of a
// struct with one, DuckDB 1.4 adds it to its members, and not to the members of a struct among them; of a struct in a list it adds
// it nowhere. It then reads other rows' values, without an error. Offsets of lists and of plain values it reads rightly. Copies no values; of
// a struct's validity at most a bit a row. An error is one of memory.
Result<std::shared_ptr<arrow::RecordBatch>> arrow_block(const arrow::RecordBatch& batch, std::int64_t start, std::int64_t length);

}  // namespace lakeflow
