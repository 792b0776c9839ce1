#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <arrow/array/builder_binary.h>
#include <arrow/array/builder_primitive.h>
#include <arrow/buffer_builder.h>
#include <arrow/type.h>

#include "base/error.h"

namespace lakeflow::hl7v2 {

// A column that is filled row by row, from the top down, and only where there is a value: rows that were passed over are
// null, and cost nothing until the next value or the end. A value is set through the column's own type, bound once when
// a table is laid out; only finish() is virtual.
//
// Arrow's builders fail only where memory ends: the failure is kept, and is finish()'s.
class Column {
 public:
  virtual ~Column() = default;
  virtual std::shared_ptr<arrow::DataType> type() const = 0;
  // The rows [0, rows). The column is empty afterwards.
  virtual Result<std::shared_ptr<arrow::Array>> finish(std::int64_t rows) = 0;
};

// A column over one of Arrow's builders.
template <typename Builder, typename Value>
class ValueColumn final : public Column {
 public:
  explicit ValueColumn(std::shared_ptr<arrow::DataType> type) : type_(std::move(type)), builder_(type_, arrow::default_memory_pool()) {}

  // `row` is greater than that of every value before it.
  void set(std::int64_t row, Value value) {
    pass_over(row);
    note(builder_.Append(value));
  }

  std::shared_ptr<arrow::DataType> type() const override { return type_; }
  Result<std::shared_ptr<arrow::Array>> finish(std::int64_t rows) override;

 private:
  void pass_over(std::int64_t row) {
    if (const std::int64_t missing = row - builder_.length(); missing > 0) {
      note(builder_.AppendNulls(missing));
    }
  }
  void note(arrow::Status status) {
    if (!status.ok()) [[unlikely]] {
      failure_ = std::move(status);
    }
  }

  std::shared_ptr<arrow::DataType> type_;
  Builder builder_;
  arrow::Status failure_;
};

using TextColumn = ValueColumn<arrow::StringBuilder, std::string_view>;
using IntegerColumn = ValueColumn<arrow::Int64Builder, std::int64_t>;
using NumberColumn = ValueColumn<arrow::DoubleBuilder, double>;
using DateColumn = ValueColumn<arrow::Date32Builder, std::int32_t>;
using TimestampColumn = ValueColumn<arrow::TimestampBuilder, std::int64_t>;

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
      mark_new(row);
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
  void mark_new(std::int64_t row);

  std::vector<Child> children_;
  arrow::TypedBufferBuilder<bool> valid_;
  std::int64_t last_marked_ = -1;
  arrow::Status failure_;
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
  arrow::TypedBufferBuilder<std::int32_t> offsets_;
  arrow::TypedBufferBuilder<bool> valid_;
  std::int64_t last_row_ = -1;
  std::int64_t first_element_ = 0;
  std::int64_t element_count_ = 0;
  arrow::Status failure_;
};

}  // namespace lakeflow::hl7v2
