#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <arrow/type_fwd.h>

#include "base/buffer_pool.h"
#include "engine/decode/key_index.h"

namespace lakeflow {

// Columns are written side by side, each a little at a time, far more of them than a processor can foresee by itself: each
// asks for the line that its next values will go to, or the next store would wait for memory (a fifth of the time, measured).
inline constexpr std::size_t kCacheLine = 64;
inline void prefetch_for_writing(const std::uint8_t* base, std::size_t offset) {
  __builtin_prefetch(reinterpret_cast<const void*>(reinterpret_cast<std::uintptr_t>(base) + offset), 1);
  // g++ before 14 takes a function that only prefetches for one without any effect and leaves out its calls (GCC bug 114061).
  asm volatile("");
}

enum class ColumnKind : std::uint8_t {
  kText,
  kStruct,
  kList,
  kMap,
  kInteger,
  kDouble,
  kDecimal,
  kBoolean,
  kDate,
  kTimestamp,
  kBinary,
  kJson,     // text of whatever stands there
  kRecord,   // the raw record
  kUtcOf,    // a timestamp, or a list of them, made from a sibling's text
  kTextOf,   // the text of a sibling as sent
  kLeftOut,  // no column: a member of the record that the table does not want
};

// The rows of one level of repetition: those of the table, or the elements of all values of one list column. Columns of
// one level share them; a value that is absent costs nothing but that the level goes on.
struct RowDomain {
  std::uint32_t rows = 0;
  std::uint32_t expected = 0;   // how many there were last time, or will be
  std::uint32_t null_rows = 0;  // of the arrays of nulls in structs of this level (array_finisher.h)
};

__extension__ using Int128 = __int128;

// A column that is being built. It holds the rows [0, length); the rows between its length and its level's are null and
// are written in bulk when the next value comes, or at the end: a column that never occurs is never touched. Its
// members lie open: the walker works on them for every value.
struct alignas(64) Column {
  static constexpr std::size_t kKeyBlock = 32;

  // --- What tells that the walker stands before this column's member: `"name":`, and a bit for each of its bytes. Where that is longer than the
  // block, or the name needs escapes, a byte of zero of which nothing belongs to the key: where it stands in a record stands no value either.
  std::array<std::uint8_t, kKeyBlock> key{};
  std::uint32_t key_bytes = 1;

  // --- The values.
  std::uint32_t length = 0;
  std::uint32_t capacity = 0;   // in rows; 0 as long as the column has not been touched
  std::uint32_t run_start = 0;  // the rows [run_start, length) have values, all of them
  ColumnKind kind = ColumnKind::kText;
  std::uint8_t precision = 0;  // of a decimal
  std::uint8_t scale = 0;
  std::uint8_t key_length = 0;
  std::uint8_t* values = nullptr;  // fixed-width values, bits of booleans (zero from length on), or 32-bit offsets
  std::uint8_t* data = nullptr;    // the bytes that offsets point into
  std::size_t data_size = 0;
  std::size_t data_capacity = 0;

  // --- Which members came after this one in its object; which came first in this one, where it is an object.
  std::array<Column*, 2> next{};
  Column* beside = nullptr;  // the column that is made from this one's text: its instant, or the text itself
  std::array<Column*, 2> first{};
  std::array<Column*, 2> after_unknown{};

  // --- What is needed now and then.
  RowDomain* domain = nullptr;
  RowDomain elements;  // of a list or a map
  std::string name;
  bool is_member = false;   // of an object; the elements of lists and the keys and values of maps are not
  bool takes_text = false;  // of numbers: one that stands in a string, too
  std::vector<Column> children;
  Column* object = nullptr;              // whose member it is, where it is one of a struct's or the table's
  std::vector<std::uint32_t> touched;    // of a struct: which of the children; of thousands of members most never are
  KeyIndex members;                      // of a struct
  std::vector<std::uint32_t> member_of;  // from the index's number to the child
  std::shared_ptr<arrow::DataType> type;
  std::size_t data_expected = 0;
  BufferPool::Block validity_block;  // the bits of the rows before run_start, and zeros; none where no row was null yet
  BufferPool::Block values_block;
  BufferPool::Block data_block;
  std::shared_ptr<arrow::ArrayData> nulls;                       // the last array of only nulls, to be used again where it has the length
  std::vector<std::shared_ptr<arrow::ArrayData>> null_children;  // of a struct: the same of its children

  bool has_offsets() const {
    return kind == ColumnKind::kText || kind == ColumnKind::kBinary || kind == ColumnKind::kJson || kind == ColumnKind::kRecord ||
           kind == ColumnKind::kTextOf || is_repeated();
  }
  bool is_repeated() const;
  std::size_t value_width() const;  // in bytes; 0 for structs and booleans

  std::int32_t* offsets() { return reinterpret_cast<std::int32_t*>(values); }

  // Makes the column ready for a value at `row` of its level. False where the row has one already.
  bool ready(BufferPool& pool, std::uint32_t row) {
    if (row == length && row < capacity) [[likely]] {
      return true;
    }
    return catch_up(pool, row);
  }

  // The row has a value: it is written, and the column is ready for it.
  void set_valid(std::uint32_t row) { length = row + 1; }

  template <typename T>
  void append(std::uint32_t row, T value) {
    std::memcpy(values + std::size_t{row} * sizeof(T), &value, sizeof value);
    prefetch_for_writing(values, (std::size_t{row} + 1) * sizeof(T) + kCacheLine);
    set_valid(row);
  }

  // Ends a value of text, a list or a map whose bytes or elements now reach to `end`.
  void append_end(std::uint32_t row, std::size_t end) {
    offsets()[row + 1] = static_cast<std::int32_t>(end);
    prefetch_for_writing(values, (row + 24) * sizeof(std::int32_t));
    set_valid(row);
  }

  // Room for `more` bytes of data beyond data_size.
  void reserve_data(BufferPool& pool, std::size_t more) {
    if (data_capacity - data_size < more) {
      grow_data(pool, more);
    }
  }
  void grow_data(BufferPool& pool, std::size_t more);

  // Makes the nulls up to `rows` real.
  void fill_to(BufferPool& pool, std::uint32_t rows);
  // Writes down that the rows of the current run have values; the next run starts at `length`.
  void end_run(BufferPool& pool);

  // Takes back what was written for rows from `rows` on, here and below; or, of a struct, only below.
  void truncate(std::uint32_t rows);
  void truncate_members(std::uint32_t rows);

  // Forgets all values, keeping in mind how many there were.
  void reset();
  void reset_members();

 private:
  bool catch_up(BufferPool& pool, std::uint32_t row);
  void grow(BufferPool& pool, std::uint32_t rows);
};

}  // namespace lakeflow
