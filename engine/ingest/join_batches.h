#pragma once

#include <memory>

#include <arrow/record_batch.h>

#include "base/buffer_pool.h"
#include "base/error.h"

namespace lakeflow {

// The rows of several batches of one schema as one, in order. As arrow::ConcatenateRecordBatches, but what holds only nulls takes the pool's zeros:
// of a wide table that is most of its members, which else are written out row by row (a FHIR Observation's: 2.7 KB a row).
Result<std::shared_ptr<arrow::RecordBatch>> join_batches(const arrow::RecordBatchVector& batches, BufferPool& pool);

}  // namespace lakeflow
