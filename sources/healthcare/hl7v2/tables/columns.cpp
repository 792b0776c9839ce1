#include "sources/healthcare/hl7v2/tables/columns.h"

#include <algorithm>
#include <bit>

#include <arrow/array/data.h>
#include <arrow/buffer.h>
#include <arrow/util/key_value_metadata.h>

#include "sources/healthcare/hl7v2/tables/null_rows.h"
#include "sources/healthcare/hl7v2/tables/validity.h"
#include "sources/interface/schema_rules.h"

namespace lakeflow::hl7v2 {

const std::shared_ptr<arrow::DataType>& Column::type() const {
  if (type_ == nullptr) {
    type_ = make_type();
  }
  return type_;
}

const std::shared_ptr<arrow::ArrayData>& Column::nulls(std::int64_t rows) {
  constexpr std::int64_t kFew = 1024;
  const bool fits = nulls_ != nullptr && nulls_->length >= rows && nulls_->length <= rows * 4 + kFew;
  if (!fits) {
    nulls_ = null_rows(type(), rows + rows / 4, pool());
  }
  return nulls_;
}

Result<std::shared_ptr<arrow::ArrayData>> Column::finish(std::int64_t rows) {
  if (has_values()) {
    return finish_values(rows);
  }
  const std::shared_ptr<arrow::ArrayData>& all = nulls(rows);
  return all->length == rows ? all : all->Slice(0, rows);
}

Result<std::shared_ptr<arrow::ArrayData>> Column::finish_member(std::int64_t rows) {
  if (has_values()) {
    return finish_values(rows);
  }
  return nulls(rows);
}

bool RowEnds::grow(std::int64_t row) {
  // The first value ends behind the offset 0; the kernels go on to a whole vector.
  const std::int64_t used = room_ == 0 ? 0 : (room_ + 1) * std::int64_t{sizeof(std::uint32_t)};
  if (!ends_.ensure((row + 1 + kValidityStep) * std::int64_t{sizeof(std::uint32_t)}, used)) {
    return false;
  }
  at_ = ends_.as<std::uint32_t>();
  room_ = ends_.capacity() / std::int64_t{sizeof(std::uint32_t)} - kValidityStep;
  return true;
}

Result<RowEnds::Offsets> RowEnds::take(std::int64_t rows) {
  const std::int64_t used = room_ == 0 ? 0 : (room_ + 1) * std::int64_t{sizeof(std::uint32_t)};
  if (rows > room_) {
    ends_.ensure((rows + kValidityStep) * std::int64_t{sizeof(std::uint32_t)}, used);
  }
  room_ = 0;
  at_ = nullptr;
  Offsets taken;
  const bool has_room = ends_.capacity() >= (rows + kValidityStep) * std::int64_t{sizeof(std::uint32_t)};
  if (has_room) {
    BufferPool::Block bits = pool_->take(validity_bytes(rows));
    taken.nulls = offsets_from_ends(ends_.as<std::uint32_t>(), rows, bits.data());
    taken.validity = taken.nulls == 0 ? nullptr : into_buffer(std::move(bits), static_cast<std::size_t>((rows + 7) / 8));
  }
  LAKEFLOW_ASSIGN(taken.offsets, ends_.take((rows + 1) * std::int64_t{sizeof(std::uint32_t)}, used));
  return taken;
}

bool TextColumn::grow(std::int64_t bytes) {
  if (!bytes_.ensure(bytes, size_)) {
    return false;
  }
  at_ = bytes_.as<char>();
  room_ = bytes_.capacity();
  return true;
}

Result<std::shared_ptr<arrow::ArrayData>> TextColumn::finish_values(std::int64_t rows) {
  const std::int64_t size = std::exchange(size_, 0);
  room_ = 0;
  LAKEFLOW_ASSIGN(auto ends, ends_.take(rows));
  LAKEFLOW_ASSIGN(auto bytes, bytes_.take(size, size));
  return arrow::ArrayData::Make(type(), rows, {std::move(ends.validity), std::move(ends.offsets), std::move(bytes)}, ends.nulls);
}

// Makes zero the values whose row is not set in `bits`.
template <typename Value>
void clear_absent(Value* values, std::int64_t rows, const std::uint8_t* bits) {
  constexpr std::int64_t kWordRows = 64;
  for (std::int64_t i = 0; i < rows; i += kWordRows) {
    const auto count = static_cast<std::size_t>(std::min(kWordRows, rows - i));
    std::uint64_t present = 0;
    std::memcpy(&present, bits + i / 8, (count + 7) / 8);
    if (present == 0) {
      std::fill_n(values + i, count, Value());
      continue;
    }
    const std::uint64_t all = count == kWordRows ? ~std::uint64_t{0} : (std::uint64_t{1} << count) - 1;
    for (std::uint64_t absent = ~present & all; absent != 0; absent &= absent - 1) {
      values[i + std::countr_zero(absent)] = Value();
    }
  }
}

template <typename Value>
bool ValueColumn<Value>::grow(std::int64_t row) {
  const std::int64_t rows = std::max(row + 1 + kValidityStep, room_ * 2);
  if (!values_.ensure(rows * std::int64_t{sizeof(Value)}, room_ * std::int64_t{sizeof(Value)}) || !is_set_.ensure(rows, room_)) {
    return false;
  }
  values_at_ = values_.as<Value>();
  set_at_ = is_set_.as<std::uint8_t>();
  room_ = std::min(values_.capacity() / std::int64_t{sizeof(Value)}, is_set_.capacity()) - kValidityStep;
  return true;
}

template <typename Value>
Result<std::shared_ptr<arrow::ArrayData>> ValueColumn<Value>::finish_values(std::int64_t rows) {
  const bool has_room = rows <= room_ || grow(rows - 1);
  const std::int64_t used = std::exchange(room_, 0) * std::int64_t{sizeof(Value)};
  std::shared_ptr<arrow::Buffer> validity;
  std::int64_t null_count = 0;
  if (has_room) {
    BufferPool::Block bits = pool().take(validity_bytes(rows));
    null_count = validity_from_bytes(is_set_.as<std::uint8_t>(), rows, bits.data());
    if (null_count > 0) {
      clear_absent(values_.as<Value>(), rows, bits.data());
    }
    validity = null_count == 0 ? nullptr : into_buffer(std::move(bits), static_cast<std::size_t>((rows + 7) / 8));
  }
  is_set_.clear();
  LAKEFLOW_ASSIGN(auto values, has_room ? values_.take(rows * std::int64_t{sizeof(Value)}, used) : values_.fail());
  return arrow::ArrayData::Make(value_type_, rows, {std::move(validity), std::move(values)}, null_count);
}

bool DenseIntegerColumn::grow(std::int64_t row) {
  constexpr std::int64_t kWidth = sizeof(std::int64_t);
  if (!values_.ensure((row + 1) * kWidth, rows_ * kWidth)) {
    return false;
  }
  at_ = values_.as<std::int64_t>();
  room_ = values_.capacity() / kWidth;
  return true;
}

Result<std::shared_ptr<arrow::ArrayData>> DenseIntegerColumn::finish_values(std::int64_t rows) {
  room_ = rows_ = 0;
  const std::int64_t bytes = rows * std::int64_t{sizeof(std::int64_t)};
  LAKEFLOW_ASSIGN(auto values, values_.take(bytes, bytes));
  return arrow::ArrayData::Make(type(), rows, {nullptr, std::move(values)}, 0);
}

template class ValueColumn<std::int64_t>;
template class ValueColumn<double>;
template class ValueColumn<std::int32_t>;

arrow::FieldVector StructColumn::fields() const {
  arrow::FieldVector fields;
  for (const Child& child : children_) {
    std::shared_ptr<arrow::KeyValueMetadata> metadata;
    if (!child.description.empty()) {
      metadata = arrow::key_value_metadata({std::string(kDescription)}, {child.description});
    }
    fields.push_back(arrow::field(child.name, child.column->type(), true, std::move(metadata)));
  }
  return fields;
}

Result<std::vector<std::shared_ptr<arrow::ArrayData>>> StructColumn::finish_columns(std::int64_t rows) {
  std::vector<std::shared_ptr<arrow::ArrayData>> arrays;
  arrays.reserve(children_.size());
  for (const Child& child : children_) {
    LAKEFLOW_ASSIGN(arrays.emplace_back(), child.column->finish(rows));
  }
  return arrays;
}

std::shared_ptr<arrow::Buffer> StructColumn::validity(const std::vector<std::shared_ptr<arrow::ArrayData>>& columns, std::int64_t rows,
                                                      std::int64_t& nulls) const {
  nulls = 0;
  if (nulls_ == Nulls::kNever || std::ranges::any_of(columns, [](const auto& column) { return column->null_count == 0; })) {
    return nullptr;
  }
  const auto bytes = static_cast<std::size_t>((rows + 7) / 8);
  BufferPool::Block bits = pool().take(validity_bytes(rows));
  std::memset(bits.data(), 0, validity_bytes(rows));
  for (const auto& column : columns) {
    if (column->null_count < column->length) {
      unite_validity(column->buffers[0]->data(), rows, bits.data());
    }
  }
  nulls = rows - count_validity(bits.data(), rows);
  return into_buffer(std::move(bits), bytes);
}

bool StructColumn::has_values() const {
  return nulls_ == Nulls::kNever || std::ranges::any_of(children_, [](const Child& child) { return child.column->has_values(); });
}

Result<std::shared_ptr<arrow::ArrayData>> StructColumn::finish_values(std::int64_t rows) {
  std::vector<std::shared_ptr<arrow::ArrayData>> members;
  members.reserve(children_.size());
  for (const Child& child : children_) {
    LAKEFLOW_ASSIGN(members.emplace_back(), child.column->finish_member(rows));
  }
  std::int64_t null_count = 0;
  auto valid = validity(members, rows, null_count);
  return arrow::ArrayData::Make(type(), rows, {std::move(valid)}, std::move(members), null_count);
}

Result<std::shared_ptr<arrow::ArrayData>> ListColumn::finish_values(std::int64_t rows) {
  const std::int64_t count = std::exchange(element_count_, 0);
  last_row_ = -1;
  LAKEFLOW_ASSIGN(auto elements, elements_->finish(count));
  LAKEFLOW_ASSIGN(auto ends, ends_.take(rows));
  return arrow::ArrayData::Make(type(), rows, {std::move(ends.validity), std::move(ends.offsets)}, {std::move(elements)}, ends.nulls);
}

}  // namespace lakeflow::hl7v2
