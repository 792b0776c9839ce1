#include "engine/decode/array_finisher.h"

#include <bit>
#include <cstring>
#include <utility>
#include <vector>

#include <arrow/array/data.h>
#include <arrow/buffer.h>
#include <arrow/type.h>

namespace lakeflow {
namespace {

std::size_t bitmap_bytes(std::size_t bits) { return (bits + 7) / 8; }

// Bits beyond the last row are zero (Column::validity_block).
std::uint32_t count_valid(const std::uint8_t* bits, std::uint32_t rows) {
  std::size_t count = 0;
  const std::size_t bytes = bitmap_bytes(rows);
  std::size_t i = 0;
  for (std::uint64_t word = 0; i + sizeof word <= bytes; i += sizeof word) {
    std::memcpy(&word, bits + i, sizeof word);
    count += static_cast<std::size_t>(std::popcount(word));
  }
  for (; i < bytes; ++i) {
    count += static_cast<std::size_t>(std::popcount(bits[i]));
  }
  return static_cast<std::uint32_t>(count);
}

std::shared_ptr<arrow::ArrayData> entries(const Column& map, std::uint32_t rows, std::vector<std::shared_ptr<arrow::ArrayData>> keys_and_values) {
  return arrow::ArrayData::Make(map.type->field(0)->type(), rows, {nullptr}, std::move(keys_and_values), 0);
}

}  // namespace

std::shared_ptr<arrow::ArrayData> ArrayFinisher::nulls(Column& column, std::uint32_t rows) {
  if (column.nulls != nullptr && column.nulls->length == rows) {
    return column.nulls;
  }
  std::vector<std::shared_ptr<arrow::Buffer>> buffers{pool_.zeros(bitmap_bytes(rows))};
  std::vector<std::shared_ptr<arrow::ArrayData>> children;
  if (column.has_offsets()) {
    buffers.push_back(pool_.zeros((std::size_t{rows} + 1) * sizeof(std::int32_t)));
    if (column.kind == ColumnKind::kMap) {
      children.push_back(entries(column, 0, {nulls(column.children[0], 0), nulls(column.children[1], 0)}));
    } else if (column.is_repeated()) {
      children.push_back(nulls(column.children.front(), 0));
    } else {
      buffers.push_back(pool_.zeros(0));
    }
  } else if (column.kind == ColumnKind::kStruct) {
    children = null_members(column, rows);
  } else {
    buffers.push_back(pool_.zeros(column.kind == ColumnKind::kBoolean ? bitmap_bytes(rows) : rows * column.value_width()));
  }
  column.nulls = arrow::ArrayData::Make(column.type, rows, std::move(buffers), std::move(children), rows);
  return column.nulls;
}

const std::vector<std::shared_ptr<arrow::ArrayData>>& ArrayFinisher::null_members(Column& object, std::uint32_t rows) {
  std::uint32_t& length = object.domain->null_rows;
  if (length < rows || length / 2 > rows) {
    length = rows + rows / 4;
  }
  auto& members = object.null_children;
  if (members.empty() || members.front()->length != length) {
    members.clear();
    for (Column& child : object.children) {
      members.push_back(nulls(child, length));
    }
  }
  return members;
}

std::shared_ptr<arrow::ArrayData> ArrayFinisher::finish(Column& column, std::uint32_t rows) {
  if (column.capacity == 0) {
    return nulls(column, rows);
  }
  column.fill_to(pool_, rows);
  if (column.run_start > 0) {
    column.end_run(pool_);
  }
  const std::uint32_t null_count = column.run_start > 0 ? rows - count_valid(column.validity_block.data(), rows) : 0;
  std::vector<std::shared_ptr<arrow::Buffer>> buffers{null_count == 0 ? nullptr : into_buffer(std::move(column.validity_block), bitmap_bytes(rows))};
  std::vector<std::shared_ptr<arrow::ArrayData>> children;
  if (column.has_offsets()) {
    buffers.push_back(into_buffer(std::move(column.values_block), (std::size_t{rows} + 1) * sizeof(std::int32_t)));
    if (column.kind == ColumnKind::kMap) {
      const std::uint32_t size = column.elements.rows;
      children.push_back(entries(column, size, {finish(column.children[0], size), finish(column.children[1], size)}));
    } else if (column.is_repeated()) {
      children.push_back(finish(column.children.front(), column.elements.rows));
    } else {
      buffers.push_back(into_buffer(std::move(column.data_block), column.data_size));
    }
  } else if (column.kind == ColumnKind::kStruct) {
    children = null_members(column, rows);
    for (const std::uint32_t member : column.touched) {
      children[member] = finish(column.children[member], rows);
    }
  } else {
    const std::size_t bytes = column.kind == ColumnKind::kBoolean ? bitmap_bytes(rows) : rows * column.value_width();
    buffers.push_back(into_buffer(std::move(column.values_block), bytes));
  }
  return arrow::ArrayData::Make(column.type, rows, std::move(buffers), std::move(children), null_count);
}

}  // namespace lakeflow
