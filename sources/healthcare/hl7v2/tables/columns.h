#pragma once

#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <arrow/array/data.h>
#include <arrow/type.h>

#include "base/buffer_pool.h"
#include "base/error.h"
#include "sources/healthcare/hl7v2/tables/growing_buffer.h"

namespace lakeflow::hl7v2 {

// Columns are written side by side, each a little at a time, more of them than a processor foresees by itself: each asks for the
// line that its next values will go to, or the next store would wait for memory.
inline constexpr std::size_t kCacheLine = 64;
inline void prefetch_for_writing(const void* line) {
  __builtin_prefetch(line, 1);
  // g++ before 14 takes a function that only prefetches for one without any effect and leaves out its calls (GCC bug 114061).
  asm volatile("");
}

// A column that is filled row by row, from the top down, and only where there is a value: rows that were passed over are
// null, and cost nothing. A value is set through the column's own type, bound once when a table is laid out; only
// finish() is virtual. Where memory ends values are lost, and finish() says so.
class Column {
 public:
  explicit Column(BufferPool& pool) : pool_(&pool) {}
  Column(const Column&) = delete;
  Column& operator=(const Column&) = delete;
  virtual ~Column() = default;

  // Holds once all parts were added.
  const std::shared_ptr<arrow::DataType>& type() const;
  // Whether some row has a value.
  virtual bool has_values() const = 0;
  // The rows [0, rows). The column is empty afterwards.
  Result<std::shared_ptr<arrow::ArrayData>> finish(std::int64_t rows);
  // Likewise for a member of a struct, which may be longer than the struct: where it is all null it is, so that it serves for the next batches.
  Result<std::shared_ptr<arrow::ArrayData>> finish_member(std::int64_t rows);

 protected:
  virtual std::shared_ptr<arrow::DataType> make_type() const = 0;
  // Of a column that has values.
  virtual Result<std::shared_ptr<arrow::ArrayData>> finish_values(std::int64_t rows) = 0;
  BufferPool& pool() const { return *pool_; }

 private:
  // So many nulls or a few more. Made once for batches of about one size, and shared by them.
  const std::shared_ptr<arrow::ArrayData>& nulls(std::int64_t rows);

  BufferPool* pool_;
  mutable std::shared_ptr<arrow::DataType> type_;
  std::shared_ptr<arrow::ArrayData> nulls_;
};

// Where the values of rows end that are stored one after the other: what Arrow calls offsets, and the validity with it.
class RowEnds {
 public:
  explicit RowEnds(BufferPool& pool) : pool_(&pool), ends_(pool, true) {}

  // The value of `row`, which is greater than every row before or the last one again, ends at `end`.
  bool set(std::int64_t row, std::int64_t end) {
    if (row >= room_ && !grow(row)) [[unlikely]] {
      return false;
    }
    // One more than the end: 0 says that there is none. In row + 1, where Arrow wants it.
    std::uint32_t* const at = at_ + row + 1;
    *at = static_cast<std::uint32_t>(end) + 1;
    prefetch_for_writing(at + kCacheLine / sizeof *at);
    return true;
  }
  // Whether no row has a value.
  bool empty() const { return room_ == 0; }

  struct Offsets {
    std::shared_ptr<arrow::Buffer> validity;  // null where every row has a value
    std::shared_ptr<arrow::Buffer> offsets;
    std::int64_t nulls = 0;
  };
  Result<Offsets> take(std::int64_t rows);

 private:
  bool grow(std::int64_t row);

  // What every value needs comes first: columns lay it into the cache line of their own such members.
  std::uint32_t* at_ = nullptr;  // ends_'s memory
  std::int64_t room_ = 0;        // in rows
  BufferPool* pool_;
  GrowingBuffer ends_;
};

class TextColumn final : public Column {
 public:
  // After every value of this length at most there may be anything that can be read: it is copied and overwritten by the next.
  static constexpr std::int64_t kReadBeyond = 32;

  // `type`: utf8, or binary for bytes that need not be text.
  explicit TextColumn(BufferPool& pool, std::shared_ptr<arrow::DataType> type = arrow::utf8())
      : Column(pool), ends_(pool), bytes_(pool, false), text_type_(std::move(type)) {}

  // `row` is greater than that of every value before it.
  void set(std::int64_t row, std::string_view text) {
    if (char* const to = begin_value(text.size())) {
      std::memcpy(to, text.data(), text.size());
      end_value(row, text.size());
    }
  }
  // Likewise, of a text behind which kReadBeyond more bytes can be read: most values are short, and copied without a branch.
  void set_padded(std::int64_t row, std::string_view text) {
    char* const to = begin_value(text.size());
    if (to == nullptr) [[unlikely]] {
      return;
    }
    std::memcpy(to, text.data(), kStep);
    if (text.size() > kStep) [[unlikely]] {
      copy_long(to, text);
    }
    end_value(row, text.size());
  }

  // For who writes a value in place: room for `size` bytes, which end_value() makes the row's. Null where memory ends.
  char* begin_value(std::size_t size) {
    const std::int64_t end = size_ + static_cast<std::int64_t>(size) + kReadBeyond;
    return end <= room_ || grow(end) ? at_ + size_ : nullptr;
  }
  void end_value(std::int64_t row, std::size_t size) {
    const std::int64_t end = size_ + static_cast<std::int64_t>(size);
    if (ends_.set(row, end)) {
      size_ = end;
      prefetch_for_writing(at_ + end + kCacheLine);
    }
  }

  bool has_values() const override { return !bytes_.untouched(); }

 private:
  Result<std::shared_ptr<arrow::ArrayData>> finish_values(std::int64_t rows) override;
  std::shared_ptr<arrow::DataType> make_type() const override { return text_type_; }
  bool grow(std::int64_t bytes);
  static constexpr std::size_t kStep = 32;  // bytes that are copied at a time
  // What lies behind the first ones.
  static void copy_long(char* to, std::string_view text) {
    constexpr std::size_t kByCall = 512;
    if (text.size() > kByCall) {
      std::memcpy(to + kStep, text.data() + kStep, text.size() - kStep);
      return;
    }
    for (std::size_t i = kStep; i < text.size(); i += kStep) {
      std::memcpy(to + i, text.data() + i, kStep);
    }
  }

  alignas(kCacheLine) char* at_ = nullptr;  // bytes_'s memory
  std::int64_t size_ = 0;                   // of what was written there
  std::int64_t room_ = 0;
  RowEnds ends_;
  GrowingBuffer bytes_;
  std::shared_ptr<arrow::DataType> text_type_;
};

// A column of numbers, dates or times.
template <typename Value>
class ValueColumn final : public Column {
 public:
  ValueColumn(BufferPool& pool, std::shared_ptr<arrow::DataType> type)
      : Column(pool), value_type_(std::move(type)), values_(pool, false), is_set_(pool, true) {}
  void set(std::int64_t row, Value value) {
    if (row >= room_ && !grow(row)) [[unlikely]] {
      return;
    }
    values_at_[row] = value;
    prefetch_for_writing(values_at_ + row + kCacheLine / sizeof(Value));
    set_at_[row] = 1;
  }
  bool has_values() const override { return !values_.untouched(); }

 private:
  Result<std::shared_ptr<arrow::ArrayData>> finish_values(std::int64_t rows) override;
  std::shared_ptr<arrow::DataType> make_type() const override { return value_type_; }
  bool grow(std::int64_t row);

  alignas(kCacheLine) Value* values_at_ = nullptr;  // values_'s memory
  std::uint8_t* set_at_ = nullptr;                  // is_set_'s
  std::int64_t room_ = 0;                           // in rows
  std::shared_ptr<arrow::DataType> value_type_;
  GrowingBuffer values_;  // of rows without one, whatever an earlier batch had there, until the end
  GrowingBuffer is_set_;  // a byte a row
};

// A column of numbers that every row has: nothing has to be kept of which do.
class DenseIntegerColumn final : public Column {
 public:
  explicit DenseIntegerColumn(BufferPool& pool) : Column(pool), values_(pool, false) {}
  // The rows come one after the other.
  void set(std::int64_t row, std::int64_t value) {
    if (row < room_ || grow(row)) [[likely]] {
      at_[row] = value;
      rows_ = row + 1;
    }
  }
  bool has_values() const override { return !values_.untouched(); }

 private:
  Result<std::shared_ptr<arrow::ArrayData>> finish_values(std::int64_t rows) override;
  std::shared_ptr<arrow::DataType> make_type() const override { return arrow::int64(); }
  bool grow(std::int64_t row);

  std::int64_t* at_ = nullptr;  // values_'s memory
  std::int64_t room_ = 0;
  std::int64_t rows_ = 0;
  GrowingBuffer values_;
};

using IntegerColumn = ValueColumn<std::int64_t>;
using NumberColumn = ValueColumn<double>;
using DateColumn = ValueColumn<std::int32_t>;
using TimestampColumn = ValueColumn<std::int64_t>;
using TimeColumn = ValueColumn<std::int64_t>;

// Columns side by side. A row in which none of them has a value is null.
class StructColumn final : public Column {
 public:
  enum class Nulls : std::uint8_t { kWhereEmpty, kNever };
  explicit StructColumn(BufferPool& pool, Nulls nulls = Nulls::kWhereEmpty) : Column(pool), nulls_(nulls) {}

  // Adds a column; the reference holds as long as this column. `description` is for people: "PID-3".
  template <typename T, typename... Arguments>
  T& add(std::string_view name, std::string_view description, Arguments&&... arguments) {
    auto column = std::make_unique<T>(pool(), std::forward<Arguments>(arguments)...);
    T& added = *column;
    children_.push_back({std::string(name), std::string(description), std::move(column)});
    return added;
  }

  arrow::FieldVector fields() const;
  bool has_values() const override;
  // The columns alone, for a table's rows, which are never null themselves.
  Result<std::vector<std::shared_ptr<arrow::ArrayData>>> finish_columns(std::int64_t rows);

 private:
  struct Child {
    std::string name;
    std::string description;
    std::unique_ptr<Column> column;
  };

  Result<std::shared_ptr<arrow::ArrayData>> finish_values(std::int64_t rows) override;
  std::shared_ptr<arrow::DataType> make_type() const override { return arrow::struct_(fields()); }
  // Where one of the columns has a value; null where each row has one.
  std::shared_ptr<arrow::Buffer> validity(const std::vector<std::shared_ptr<arrow::ArrayData>>& columns, std::int64_t rows,
                                          std::int64_t& nulls) const;

  std::vector<Child> children_;
  Nulls nulls_;
};

// A list a row; its elements are rows of a column of their own. A row without elements is null.
class ListColumn final : public Column {
 public:
  ListColumn(BufferPool& pool, std::unique_ptr<Column> elements) : Column(pool), ends_(pool), elements_(std::move(elements)) {}

  // The elements' row of element `index` (from 0) of the list in `row`; what lies between is null. Rows come in order, and so do
  // the elements of one.
  std::int64_t element(std::int64_t row, std::int64_t index) {
    if (row != last_row_) {
      last_row_ = row;
      first_element_ = element_count_;
    }
    const std::int64_t at = first_element_ + index;
    element_count_ = at + 1;
    ends_.set(row, element_count_);
    return at;
  }

  bool has_values() const override { return last_row_ >= 0; }

 private:
  Result<std::shared_ptr<arrow::ArrayData>> finish_values(std::int64_t rows) override;
  std::shared_ptr<arrow::DataType> make_type() const override { return arrow::list(elements_->type()); }

  alignas(kCacheLine) std::int64_t last_row_ = -1;
  std::int64_t first_element_ = 0;
  std::int64_t element_count_ = 0;
  RowEnds ends_;
  std::unique_ptr<Column> elements_;
};

}  // namespace lakeflow::hl7v2
