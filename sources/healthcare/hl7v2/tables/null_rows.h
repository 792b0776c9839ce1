#pragma once

#include <cstdint>
#include <memory>

#include <arrow/type_fwd.h>

#include "base/buffer_pool.h"

namespace lakeflow::hl7v2 {

// So many nulls of a type that tables have. All of its buffers are the pool's zeros: thousands of columns without a value cost no memory.
std::shared_ptr<arrow::ArrayData> null_rows(const std::shared_ptr<arrow::DataType>& type, std::int64_t rows, BufferPool& pool);

}  // namespace lakeflow::hl7v2
