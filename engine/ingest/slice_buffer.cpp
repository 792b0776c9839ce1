#include "engine/ingest/slice_buffer.h"

#include <arrow/record_batch.h>
#include <arrow/util/byte_size.h>

#include <algorithm>
#include <utility>

#include "engine/ingest/join_batches.h"

namespace lakeflow {

void SliceBuffer::add(std::size_t table, ChangeSlice slice) {
  if (slice.rows->num_rows() == 0) {
    return;
  }
  const auto bytes = static_cast<std::size_t>(arrow::util::TotalBufferSize(*slice.rows));
  Waiting& waiting = waiting_[table];
  waiting.rows += static_cast<std::uint64_t>(slice.rows->num_rows());
  waiting.bytes += bytes;
  bytes_ += bytes;
  waiting.slices.push_back(std::move(slice));
}

std::optional<std::size_t> SliceBuffer::full() const {
  for (std::size_t table = 0; table < waiting_.size(); ++table) {
    if (waiting_[table].rows >= kSliceRows) {
      return table;
    }
  }
  if (bytes_ < kSliceBytes) {
    return std::nullopt;
  }
  const auto largest = std::ranges::max_element(waiting_, {}, &Waiting::bytes);
  return static_cast<std::size_t>(largest - waiting_.begin());
}

Result<ChangeSlice> SliceBuffer::take(std::size_t table) {
  const Waiting waiting = std::exchange(waiting_[table], {});
  bytes_ -= waiting.bytes;
  if (waiting.slices.size() == 1) {
    return waiting.slices.front();
  }
  arrow::RecordBatchVector rows;
  arrow::RecordBatchVector keys;
  for (const ChangeSlice& slice : waiting.slices) {
    rows.push_back(slice.rows);
    if (slice.keys != nullptr) {
      keys.push_back(slice.keys);
    }
  }
  ChangeSlice joined;
  LAKEFLOW_ASSIGN(joined.rows, join_batches(rows, *pool_));
  if (!keys.empty()) {
    LAKEFLOW_ASSIGN(joined.keys, join_batches(keys, *pool_));
  }
  return joined;
}

}  // namespace lakeflow
