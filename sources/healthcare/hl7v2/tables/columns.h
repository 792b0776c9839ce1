#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <arrow/buffer.h>
#include <arrow/type.h>

#include "base/error.h"

namespace lakeflow::hl7v2 {

// Memory that grows, zero where nothing was written yet.
class GrowingBuffer {
 public:
  // Makes room for so many bytes; false where memory ends, or Arrow's offsets do (2 GB).
  bool ensure(std::int64_t bytes) { return bytes <= capacity_ || grow(bytes); }
  template <typename T>
  T* as() {
    return reinterpret_cast<T*>(data_);
  }
  // The first bytes, as Arrow holds them; the buffer is empty afterwards. A failure of ensure() is this call's.
  Result<std::shared_ptr<arrow::Buffer>> take(std::int64_t bytes);

 private:
  bool grow(std::int64_t bytes);

  std::shared_ptr<arrow::ResizableBuffer> buffer_;
  std::uint8_t* data_ = nullptr;
  std::int64_t capacity_ = 0;
  std::int64_t last_capacity_ = 0;  // what the last batch needed: the next one most likely does too
  bool failed_ = false;
};

// Which rows have a value.
class Validity {
 public:
  bool set(std::int64_t row) {
    if (!bits_.ensure(row / 8 + 1)) {
      return false;
    }
    bits_.as<std::uint8_t>()[row / 8] |= static_cast<std::uint8_t>(1U << (row % 8));
    ++count_;
    return true;
  }
  std::int64_t count() const { return count_; }
  Result<std::shared_ptr<arrow::Buffer>> take(std::int64_t rows) {
    count_ = 0;
    return bits_.take(rows / 8 + 1);
  }

 private:
  GrowingBuffer bits_;
  std::int64_t count_ = 0;
};

// A column that is filled row by row, from the top down, and only where there is a value: rows that were passed over are
// null, and cost nothing. A value is set through the column's own type, bound once when a table is laid out; only
// finish() is virtual. Where memory ends values are lost, and finish() says so.
class Column {
 public:
  virtual ~Column() = default;
  virtual std::shared_ptr<arrow::DataType> type() const = 0;
  // The rows [0, rows). The column is empty afterwards.
  virtual Result<std::shared_ptr<arrow::Array>> finish(std::int64_t rows) = 0;
};

class TextColumn final : public Column {
 public:
  // `row` is greater than that of every value before it.
  void set(std::int64_t row, std::string_view text) {
    const std::int64_t end = size_ + static_cast<std::int64_t>(text.size());
    if (!offsets_.ensure((row + 2) * std::int64_t{sizeof(std::int32_t)}) || !bytes_.ensure(end) || !valid_.set(row)) {
      return;
    }
    copy(bytes_.as<char>() + size_, text);
    size_ = end;
    // Where rows are passed over their offsets stay 0: finish() makes up for them.
    offsets_.as<std::int32_t>()[row + 1] = static_cast<std::int32_t>(end);
  }
  std::shared_ptr<arrow::DataType> type() const override { return arrow::utf8(); }
  Result<std::shared_ptr<arrow::Array>> finish(std::int64_t rows) override;

 private:
  // Most values are a few bytes long: two loads and two stores that overlap.
  static void copy(char* to, std::string_view text) {
    const char* const from = text.data();
    const std::size_t size = text.size();
    if (size > 16) {
      std::memcpy(to, from, size);
    } else if (size >= 8) {
      copy_ends<std::uint64_t>(to, from, size);
    } else if (size >= 4) {
      copy_ends<std::uint32_t>(to, from, size);
    } else {
      for (std::size_t i = 0; i < size; ++i) {
        to[i] = from[i];
      }
    }
  }
  template <typename Word>
  static void copy_ends(char* to, const char* from, std::size_t size) {
    Word first;
    Word last;
    std::memcpy(&first, from, sizeof first);
    std::memcpy(&last, from + size - sizeof last, sizeof last);
    std::memcpy(to, &first, sizeof first);
    std::memcpy(to + size - sizeof last, &last, sizeof last);
  }

  GrowingBuffer offsets_;
  GrowingBuffer bytes_;
  std::int64_t size_ = 0;  // of bytes_
  Validity valid_;
};

// A column of numbers, dates or times.
template <typename Value>
class ValueColumn final : public Column {
 public:
  explicit ValueColumn(std::shared_ptr<arrow::DataType> type) : type_(std::move(type)) {}
  void set(std::int64_t row, Value value) {
    if (values_.ensure((row + 1) * std::int64_t{sizeof value}) && valid_.set(row)) {
      values_.template as<Value>()[row] = value;
    }
  }
  std::shared_ptr<arrow::DataType> type() const override { return type_; }
  Result<std::shared_ptr<arrow::Array>> finish(std::int64_t rows) override;

 private:
  std::shared_ptr<arrow::DataType> type_;
  GrowingBuffer values_;
  Validity valid_;
};

using IntegerColumn = ValueColumn<std::int64_t>;
using NumberColumn = ValueColumn<double>;
using DateColumn = ValueColumn<std::int32_t>;
using TimestampColumn = ValueColumn<std::int64_t>;

// Columns side by side. A row that was never marked is null.
class StructColumn final : public Column {
 public:
  // Adds a column; the reference holds as long as this column. `description` is for people: "PID-3".
  template <typename T, typename... Arguments>
  T& add(std::string_view name, std::string_view description, Arguments&&... arguments) {
    auto column = std::make_unique<T>(std::forward<Arguments>(arguments)...);
    T& added = *column;
    children_.push_back({std::string(name), std::string(description), std::move(column)});
    return added;
  }

  void mark(std::int64_t row) {
    if (row != last_marked_) {
      valid_.set(row);
      last_marked_ = row;
    }
  }

  arrow::FieldVector fields() const;
  std::shared_ptr<arrow::DataType> type() const override;
  Result<std::shared_ptr<arrow::Array>> finish(std::int64_t rows) override;
  // The columns alone, for a table's rows, which are never null themselves.
  Result<std::vector<std::shared_ptr<arrow::Array>>> finish_columns(std::int64_t rows);

 private:
  struct Child {
    std::string name;
    std::string description;
    std::unique_ptr<Column> column;
  };

  std::vector<Child> children_;
  Validity valid_;
  std::int64_t last_marked_ = -1;
};

// A list a row; its elements are rows of a column of their own. A row without elements is null.
class ListColumn final : public Column {
 public:
  explicit ListColumn(std::unique_ptr<Column> elements) : elements_(std::move(elements)) {}

  // The elements' row of element `index` (from 0) of the list in `row`; what lies between is null.
  std::int64_t element(std::int64_t row, std::uint32_t index) {
    if (row != last_row_) {
      begin(row);
    }
    const std::int64_t at = first_element_ + index;
    element_count_ = std::max(element_count_, at + 1);
    return at;
  }

  std::shared_ptr<arrow::DataType> type() const override { return arrow::list(elements_->type()); }
  Result<std::shared_ptr<arrow::Array>> finish(std::int64_t rows) override;

 private:
  void begin(std::int64_t row);

  std::unique_ptr<Column> elements_;
  GrowingBuffer offsets_;  // of each row that has a list, where its list begins
  Validity valid_;
  std::int64_t last_row_ = -1;
  std::int64_t first_element_ = 0;
  std::int64_t element_count_ = 0;
};

}  // namespace lakeflow::hl7v2
