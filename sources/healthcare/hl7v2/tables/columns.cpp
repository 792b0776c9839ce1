#include "sources/healthcare/hl7v2/tables/columns.h"

#include <limits>

#include <arrow/array/array_nested.h>
#include <arrow/array/data.h>
#include <arrow/array/util.h>
#include <arrow/util/key_value_metadata.h>

#include "base/arrow_error.h"
#include "sources/interface/schema_rules.h"

namespace lakeflow::hl7v2 {

namespace {

constexpr std::int64_t kLeastCapacity = 64;
constexpr std::int64_t kMaximumCapacity = std::numeric_limits<std::int32_t>::max();

std::shared_ptr<arrow::Array> make_array(std::shared_ptr<arrow::DataType> type, std::int64_t rows, arrow::BufferVector buffers, std::int64_t nulls) {
  return arrow::MakeArray(arrow::ArrayData::Make(std::move(type), rows, std::move(buffers), nulls));
}

}  // namespace

bool GrowingBuffer::grow(std::int64_t bytes) {
  if (failed_ || bytes > kMaximumCapacity) {
    failed_ = true;
    return false;
  }
  const std::int64_t capacity = std::min(kMaximumCapacity, std::max({bytes, capacity_ * 2, last_capacity_, kLeastCapacity}));
  if (buffer_ == nullptr) {
    auto allocated = arrow::AllocateResizableBuffer(capacity);
    failed_ = !allocated.ok();
    buffer_ = failed_ ? nullptr : std::shared_ptr(std::move(allocated).ValueUnsafe());
  } else {
    failed_ = !buffer_->Resize(capacity).ok();
  }
  if (failed_) {
    return false;
  }
  data_ = buffer_->mutable_data();
  std::memset(data_ + capacity_, 0, static_cast<std::size_t>(capacity - capacity_));
  capacity_ = capacity;
  return true;
}

Result<std::shared_ptr<arrow::Buffer>> GrowingBuffer::take(std::int64_t bytes) {
  // An empty buffer has an address too: Arrow wants one where there are no texts.
  ensure(std::max<std::int64_t>(bytes, 1));
  if (std::exchange(failed_, false)) {
    *this = GrowingBuffer();
    return std::unexpected(Error::internal("no memory for a column of an HL7 table, or more than 2 GB in one batch", "set a smaller batch size"));
  }
  LAKEFLOW_TRY(from_arrow(buffer_->Resize(bytes, false)));
  last_capacity_ = bytes + bytes / 8;
  capacity_ = 0;
  data_ = nullptr;
  return std::exchange(buffer_, nullptr);
}

Result<std::shared_ptr<arrow::Array>> TextColumn::finish(std::int64_t rows) {
  if (valid_.count() == 0 && size_ == 0) {
    return from_arrow(arrow::MakeArrayOfNull(type(), rows));
  }
  const std::int64_t nulls = rows - valid_.count();
  const std::int64_t size = std::exchange(size_, 0);
  LAKEFLOW_ASSIGN(auto valid, valid_.take(rows));
  LAKEFLOW_ASSIGN(auto bytes, bytes_.take(size));
  const std::int64_t offset_bytes = (rows + 1) * std::int64_t{sizeof(std::int32_t)};
  if (offsets_.ensure(offset_bytes)) {
    auto* const offsets = offsets_.as<std::int32_t>();
    for (std::int64_t i = 0; i < rows; ++i) {
      offsets[i + 1] = std::max(offsets[i], offsets[i + 1]);
    }
  }
  LAKEFLOW_ASSIGN(auto offsets, offsets_.take(offset_bytes));
  return make_array(type(), rows, {std::move(valid), std::move(offsets), std::move(bytes)}, nulls);
}

template <typename Value>
Result<std::shared_ptr<arrow::Array>> ValueColumn<Value>::finish(std::int64_t rows) {
  if (valid_.count() == 0) {
    return from_arrow(arrow::MakeArrayOfNull(type_, rows));
  }
  const std::int64_t nulls = rows - valid_.count();
  LAKEFLOW_ASSIGN(auto valid, valid_.take(rows));
  LAKEFLOW_ASSIGN(auto values, values_.take(rows * std::int64_t{sizeof(Value)}));
  return make_array(type_, rows, {std::move(valid), std::move(values)}, nulls);
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

std::shared_ptr<arrow::DataType> StructColumn::type() const { return arrow::struct_(fields()); }

Result<std::vector<std::shared_ptr<arrow::Array>>> StructColumn::finish_columns(std::int64_t rows) {
  std::vector<std::shared_ptr<arrow::Array>> arrays;
  arrays.reserve(children_.size());
  for (const Child& child : children_) {
    LAKEFLOW_ASSIGN(arrays.emplace_back(), child.column->finish(rows));
  }
  return arrays;
}

Result<std::shared_ptr<arrow::Array>> StructColumn::finish(std::int64_t rows) {
  if (std::exchange(last_marked_, -1) < 0) {
    return from_arrow(arrow::MakeArrayOfNull(type(), rows));
  }
  const std::int64_t nulls = rows - valid_.count();
  LAKEFLOW_ASSIGN(auto arrays, finish_columns(rows));
  LAKEFLOW_ASSIGN(auto valid, valid_.take(rows));
  return std::shared_ptr<arrow::Array>(std::make_shared<arrow::StructArray>(type(), rows, std::move(arrays), std::move(valid), nulls));
}

void ListColumn::begin(std::int64_t row) {
  last_row_ = row;
  first_element_ = element_count_;
  // The end of the list before, which is also the end of every row passed over since, follows from the next beginning.
  if (offsets_.ensure((row + 1) * std::int64_t{sizeof(std::int32_t)}) && valid_.set(row)) {
    offsets_.as<std::int32_t>()[row] = static_cast<std::int32_t>(first_element_);
  }
}

Result<std::shared_ptr<arrow::Array>> ListColumn::finish(std::int64_t rows) {
  if (std::exchange(last_row_, -1) < 0) {
    return from_arrow(arrow::MakeArrayOfNull(type(), rows));
  }
  const std::int64_t count = std::exchange(element_count_, 0);
  const std::int64_t nulls = rows - valid_.count();
  LAKEFLOW_ASSIGN(auto elements, elements_->finish(count));
  LAKEFLOW_ASSIGN(auto valid, valid_.take(rows));
  const std::int64_t offset_bytes = (rows + 1) * std::int64_t{sizeof(std::int32_t)};
  if (offsets_.ensure(offset_bytes)) {
    auto* const offsets = offsets_.as<std::int32_t>();
    offsets[rows] = static_cast<std::int32_t>(count);
    for (std::int64_t i = rows; i > 0; --i) {
      const bool has_list = (valid->data()[(i - 1) / 8] >> ((i - 1) % 8) & 1) != 0;
      offsets[i - 1] = has_list ? offsets[i - 1] : offsets[i];
    }
  }
  LAKEFLOW_ASSIGN(auto offsets, offsets_.take(offset_bytes));
  return std::shared_ptr<arrow::Array>(
      std::make_shared<arrow::ListArray>(type(), rows, std::move(offsets), std::move(elements), std::move(valid), nulls));
}

}  // namespace lakeflow::hl7v2
