#include "engine/decode/column.h"

#include <algorithm>
#include <utility>

namespace lakeflow {
namespace {

std::size_t bitmap_bytes(std::size_t bits) { return (bits + 7) / 8; }

// A larger block with the first `used` bytes of the old one; what follows is zeroed up to its capacity where asked.
BufferPool::Block regrow(BufferPool& pool, const BufferPool::Block& old, std::size_t used, std::size_t bytes, bool zeroed) {
  BufferPool::Block block = pool.take(bytes);
  if (used > 0) {
    std::memcpy(block.data(), old.data(), used);
  }
  if (zeroed) {
    std::memset(block.data() + used, 0, block.capacity() - used);
  }
  return block;
}

void set_bits(std::uint8_t* bits, std::uint32_t from, std::uint32_t to) {
  if (from >= to) {
    return;
  }
  const std::uint32_t first = from >> 3U;
  const std::uint32_t last = (to - 1) >> 3U;
  const unsigned from_first = 0xFFU << (from & 7U);
  const unsigned to_last = 0xFFU >> (7U - ((to - 1) & 7U));
  if (first == last) {
    bits[first] = static_cast<std::uint8_t>(bits[first] | (from_first & to_last));
    return;
  }
  bits[first] = static_cast<std::uint8_t>(bits[first] | from_first);
  std::fill(bits + first + 1, bits + last, std::uint8_t{0xFF});
  bits[last] = static_cast<std::uint8_t>(bits[last] | to_last);
}

void clear_bits(std::uint8_t* bits, std::uint32_t from, std::uint32_t to) {
  for (std::uint32_t i = from; i < to; ++i) {
    bits[i >> 3U] = static_cast<std::uint8_t>(bits[i >> 3U] & ~(1U << (i & 7U)));
  }
}

constexpr std::size_t kFewestRows = 64;
constexpr std::size_t kFewestBytes = 1024;

}  // namespace

bool Column::is_repeated() const {
  return kind == ColumnKind::kList || kind == ColumnKind::kMap || (kind == ColumnKind::kUtcOf && !children.empty());
}

std::size_t Column::value_width() const {
  if (has_offsets()) {
    return sizeof(std::int32_t);
  }
  switch (kind) {
    case ColumnKind::kStruct:
    case ColumnKind::kBoolean: return 0;
    case ColumnKind::kDate: return sizeof(std::int32_t);
    case ColumnKind::kDecimal: return sizeof(Int128);
    default: return sizeof(std::int64_t);
  }
}

void Column::grow(BufferPool& pool, std::uint32_t rows) {
  const std::size_t wanted = std::max({std::size_t{rows}, std::size_t{capacity} * 2, std::size_t{domain->expected}, kFewestRows});
  if (validity_block.data() != nullptr) {
    validity_block = regrow(pool, validity_block, bitmap_bytes(run_start), bitmap_bytes(wanted), true);
  }
  if (kind == ColumnKind::kBoolean) {
    values_block = regrow(pool, values_block, bitmap_bytes(length), bitmap_bytes(wanted), true);
  } else if (has_offsets()) {
    const std::size_t used = capacity == 0 ? 0 : (std::size_t{length} + 1) * sizeof(std::int32_t);
    values_block = regrow(pool, values_block, used, (wanted + 1) * sizeof(std::int32_t), false);
  } else if (const std::size_t width = value_width(); width > 0) {
    values_block = regrow(pool, values_block, length * width, wanted * width, false);
  }
  values = values_block.data();
  if (has_offsets() && capacity == 0) {
    offsets()[0] = 0;
  }
  if (object != nullptr && capacity == 0) {
    object->touched.push_back(static_cast<std::uint32_t>(this - object->children.data()));
  }
  if (has_offsets() && !is_repeated() && data_capacity == 0) {
    grow_data(pool, std::max(data_expected, kFewestBytes));
  }
  capacity = static_cast<std::uint32_t>(std::min<std::size_t>(wanted, 0xFFFFFFFF));
}

void Column::grow_data(BufferPool& pool, std::size_t more) {
  data_block = regrow(pool, data_block, data_size, std::max(data_size + more, data_capacity * 2), false);
  data = data_block.data();
  data_capacity = data_block.capacity();
}

bool Column::catch_up(BufferPool& pool, std::uint32_t row) {
  if (row < length) {
    return false;
  }
  if (row >= capacity) {
    grow(pool, row + 1);
  }
  fill_to(pool, row);
  return true;
}

void Column::fill_to(BufferPool& pool, std::uint32_t rows) {
  if (rows > capacity) {
    grow(pool, rows);
  }
  if (rows > length) {
    end_run(pool);
    if (has_offsets()) {
      std::fill(offsets() + length + 1, offsets() + rows + 1, offsets()[length]);
    } else if (const std::size_t width = value_width(); width > 0) {
      std::memset(values + length * width, 0, (rows - length) * width);
    }
    length = run_start = rows;
  }
}

void Column::end_run(BufferPool& pool) {
  if (validity_block.data() == nullptr) {
    validity_block = regrow(pool, validity_block, 0, bitmap_bytes(capacity), true);
  }
  set_bits(validity_block.data(), run_start, length);
  run_start = length;
}

void Column::truncate(std::uint32_t rows) {
  if (capacity == 0) {
    return;
  }
  if (rows < length) {
    if (rows < run_start) {
      clear_bits(validity_block.data(), rows, run_start);
      run_start = rows;
    }
    if (kind == ColumnKind::kBoolean) {
      clear_bits(values, rows, length);
    }
    length = rows;
  }
  if (kind == ColumnKind::kStruct) {
    truncate_members(rows);
  } else if (is_repeated()) {
    elements.rows = static_cast<std::uint32_t>(offsets()[length]);
    for (Column& child : children) {
      child.truncate(elements.rows);
    }
  } else if (has_offsets()) {
    data_size = static_cast<std::size_t>(offsets()[length]);
  }
}

void Column::truncate_members(std::uint32_t rows) {
  for (const std::uint32_t member : touched) {
    children[member].truncate(rows);
  }
}

void Column::reset() {
  if (capacity == 0) {
    return;
  }
  data_expected = std::max(data_size + data_size / 4, data_expected / 2);
  length = run_start = 0;
  capacity = 0;
  data_size = 0;
  data_capacity = 0;
  validity_block = {};
  values_block = {};
  data_block = {};
  values = data = nullptr;
  if (is_repeated()) {
    elements.expected = std::max(elements.rows + elements.rows / 4, elements.expected / 2);
    elements.rows = 0;
  }
  if (kind == ColumnKind::kStruct) {
    reset_members();
  } else {
    for (Column& child : children) {
      child.reset();
    }
  }
}

void Column::reset_members() {
  for (const std::uint32_t member : touched) {
    children[member].reset();
  }
  touched.clear();
}

}  // namespace lakeflow
