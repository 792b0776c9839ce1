#include "destinations/duckdb/arrow_block.h"

#include <arrow/array/data.h>
#include <arrow/buffer.h>
#include <arrow/memory_pool.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <arrow/type_traits.h>
#include <arrow/util/bitmap_ops.h>

#include <utility>
#include <vector>

#include "base/arrow_error.h"

namespace lakeflow {
namespace {

constexpr std::int64_t kBitsInAByte = 8;

using Data = std::shared_ptr<arrow::ArrayData>;

// `offset` bits further on.
Result<std::shared_ptr<arrow::Buffer>> validity_from(const std::shared_ptr<arrow::Buffer>& validity, std::int64_t offset, std::int64_t length) {
  if (validity == nullptr) return validity;
  if (offset % kBitsInAByte == 0) return arrow::SliceBuffer(validity, offset / kBitsInAByte);
  return from_arrow(arrow::internal::CopyBitmap(arrow::default_memory_pool(), validity->data(), offset, length));
}

Result<Data> without_struct_offsets(Data data) {
  if (data->child_data.empty()) return data;
  const std::int64_t offset = data->type->id() == arrow::Type::STRUCT ? data->offset : 0;
  Data moved = offset == 0 ? nullptr : data->Copy();
  if (moved != nullptr) {
    LAKEFLOW_ASSIGN(moved->buffers[0], validity_from(data->buffers[0], offset, data->length));
    moved->offset = 0;
  }
  for (std::size_t i = 0; i < data->child_data.size(); ++i) {
    const Data& child = data->child_data[i];
    LAKEFLOW_ASSIGN(Data member, without_struct_offsets(offset == 0 ? child : child->Slice(offset, data->length)));
    if (member == child) continue;
    if (moved == nullptr) moved = data->Copy();
    moved->child_data[i] = std::move(member);
  }
  return moved == nullptr ? std::move(data) : std::move(moved);
}

}  // namespace

Result<std::shared_ptr<arrow::RecordBatch>> arrow_block(const arrow::RecordBatch& batch, std::int64_t start, std::int64_t length) {
  std::vector<Data> columns;
  columns.reserve(static_cast<std::size_t>(batch.num_columns()));
  for (int i = 0; i < batch.num_columns(); ++i) {
    LAKEFLOW_ASSIGN(Data column, without_struct_offsets(batch.column_data(i)->Slice(start, length)));
    columns.push_back(std::move(column));
  }
  return arrow::RecordBatch::Make(batch.schema(), length, std::move(columns));
}

}  // namespace lakeflow
