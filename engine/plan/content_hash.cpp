#include "engine/plan/content_hash.h"

#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include <arrow/array/array_binary.h>
#include <arrow/array/data.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <arrow/util/bit_run_reader.h>
#include <arrow/util/bit_util.h>
#include <arrow/util/bitmap_ops.h>
#include <fmt/format.h>

// Inlined, as most values are a few bytes.
#define XXH_INLINE_ALL
#include <xxhash.h>

#include "destinations/interface/framework_columns.h"

namespace lakeflow {

enum class HashedKind { kNull, kBoolean, kSigned, kUnsigned, kFloat, kBytes, kText, kLongText, kStruct, kList, kLongList, kMap };

struct HashedValue {
  HashedKind kind = HashedKind::kNull;
  int width = 0;  // bytes of a value of fixed width
  std::uint64_t seed = 0;
  std::vector<HashedValue> children;
};

namespace {

struct Physical {
  HashedKind kind;
  int width = 0;
};

std::optional<Physical> physical(const arrow::DataType& type) {
  switch (type.id()) {
    case arrow::Type::NA: return Physical{HashedKind::kNull};
    case arrow::Type::BOOL: return Physical{HashedKind::kBoolean};
    case arrow::Type::INT8:
    case arrow::Type::INT16:
    case arrow::Type::INT32:
    case arrow::Type::INT64:
    case arrow::Type::DATE32:
    case arrow::Type::DATE64:
    case arrow::Type::TIME32:
    case arrow::Type::TIME64:
    case arrow::Type::TIMESTAMP: return Physical{HashedKind::kSigned, type.byte_width()};
    case arrow::Type::UINT8:
    case arrow::Type::UINT16:
    case arrow::Type::UINT32:
    case arrow::Type::UINT64: return Physical{HashedKind::kUnsigned, type.byte_width()};
    case arrow::Type::FLOAT:
    case arrow::Type::DOUBLE: return Physical{HashedKind::kFloat, type.byte_width()};
    case arrow::Type::DECIMAL128:
    case arrow::Type::DECIMAL256:
    case arrow::Type::FIXED_SIZE_BINARY: return Physical{HashedKind::kBytes, type.byte_width()};
    case arrow::Type::STRING:
    case arrow::Type::BINARY: return Physical{HashedKind::kText};
    case arrow::Type::LARGE_STRING:
    case arrow::Type::LARGE_BINARY: return Physical{HashedKind::kLongText};
    case arrow::Type::STRUCT: return Physical{HashedKind::kStruct};
    case arrow::Type::LIST: return Physical{HashedKind::kList};
    case arrow::Type::LARGE_LIST: return Physical{HashedKind::kLongList};
    case arrow::Type::MAP: return Physical{HashedKind::kMap};
    default: return std::nullopt;
  }
}

std::uint64_t hash_bytes(const void* bytes, std::size_t size, std::uint64_t seed) { return XXH3_64bits_withSeed(bytes, size, seed); }
std::uint64_t seed_of(std::string_view name, std::uint64_t parent) { return hash_bytes(name.data(), name.size(), parent); }

// The elements of a list, the keys and the items of a map have no names that could be confused with a member's.
Result<HashedValue> compile(const arrow::DataType& type, std::string_view column, std::uint64_t seed) {
  const std::optional<Physical> found = physical(type);
  if (!found) {
    return std::unexpected(Error::internal(fmt::format("column {} has the type {}, which no table can hold", column, type.ToString())));
  }
  HashedValue value{.kind = found->kind, .width = found->width, .seed = seed, .children = {}};
  const bool is_map = type.id() == arrow::Type::MAP;
  for (const auto& field : is_map ? type.field(0)->type()->fields() : type.fields()) {
    const std::string_view name = type.id() == arrow::Type::STRUCT ? std::string_view(field->name()) : "[]";
    LAKEFLOW_ASSIGN(HashedValue child, compile(*field->type(), column, seed_of(name, seed)));
    value.children.push_back(std::move(child));
  }
  return value;
}

// Which rows of a range are there: bit `offset` is that of the first; without bits all are.
struct Validity {
  const std::uint8_t* bits = nullptr;
  std::int64_t offset = 0;
};

template <typename Visit>
void for_each_valid(Validity validity, std::int64_t length, const Visit& visit) {
  arrow::internal::VisitSetBitRunsVoid(validity.bits, validity.offset, length, [&](std::int64_t position, std::int64_t count) {
    for (std::int64_t row = position; row < position + count; ++row) {
      visit(row);
    }
  });
}

template <typename Value>
Value load(const std::uint8_t* values, std::int64_t index) {
  Value value;
  std::memcpy(&value, values + index * static_cast<std::int64_t>(sizeof(Value)), sizeof(Value));
  return value;
}

// `start` counts from the beginning of the buffers, as in all functions below.
template <typename Value, typename Wide>
void add_numbers(const arrow::ArrayData& data, std::int64_t start, Validity validity, std::uint64_t seed, std::span<std::uint64_t> sums) {
  const std::uint8_t* const values = data.buffers[1]->data();
  for_each_valid(validity, std::ssize(sums), [&](std::int64_t row) {
    const Wide wide = static_cast<Wide>(load<Value>(values, start + row));  // NOLINT(bugprone-signed-char-misuse): an int8 is a number here
    sums[static_cast<std::size_t>(row)] += hash_bytes(&wide, sizeof(wide), seed);
  });
}

template <typename One, typename Two, typename Four, typename Eight, typename Wide>
void add_numbers_of_width(const HashedValue& value, const arrow::ArrayData& data, std::int64_t start, Validity validity,
                          std::span<std::uint64_t> sums) {
  switch (value.width) {
    case 1: return add_numbers<One, Wide>(data, start, validity, value.seed, sums);
    case 2: return add_numbers<Two, Wide>(data, start, validity, value.seed, sums);
    case 4: return add_numbers<Four, Wide>(data, start, validity, value.seed, sums);
    default: return add_numbers<Eight, Wide>(data, start, validity, value.seed, sums);
  }
}

void add_booleans(const HashedValue& value, const arrow::ArrayData& data, std::int64_t start, Validity validity, std::span<std::uint64_t> sums) {
  const std::uint8_t* const bits = data.buffers[1]->data();
  const std::uint64_t hashes[] = {hash_bytes("f", 1, value.seed), hash_bytes("t", 1, value.seed)};
  for_each_valid(validity, std::ssize(sums), [&](std::int64_t row) {
    sums[static_cast<std::size_t>(row)] += hashes[arrow::bit_util::GetBit(bits, static_cast<std::uint64_t>(start + row)) ? 1U : 0U];
  });
}

void add_fixed_bytes(const HashedValue& value, const arrow::ArrayData& data, std::int64_t start, Validity validity, std::span<std::uint64_t> sums) {
  const std::uint8_t* const values = data.buffers[1]->data();
  for_each_valid(validity, std::ssize(sums), [&](std::int64_t row) {
    sums[static_cast<std::size_t>(row)] += hash_bytes(values + (start + row) * value.width, static_cast<std::size_t>(value.width), value.seed);
  });
}

template <typename Offset>
void add_texts(const HashedValue& value, const arrow::ArrayData& data, std::int64_t start, Validity validity, std::span<std::uint64_t> sums) {
  const std::uint8_t* const offsets = data.buffers[1]->data();
  const std::uint8_t* const bytes = data.buffers[2] ? data.buffers[2]->data() : nullptr;
  for_each_valid(validity, std::ssize(sums), [&](std::int64_t row) {
    const Offset from = load<Offset>(offsets, start + row);
    const Offset to = load<Offset>(offsets, start + row + 1);
    const std::uint8_t* const text = to == from ? offsets : bytes + from;  // XXH3 is not given a null pointer
    sums[static_cast<std::size_t>(row)] += hash_bytes(text, static_cast<std::size_t>(to - from), value.seed);
  });
}

void add(const HashedValue& value, const arrow::ArrayData& data, std::int64_t start, Validity parent, std::span<std::uint64_t> sums);

void add_struct(const HashedValue& value, const arrow::ArrayData& data, std::int64_t start, Validity validity, std::span<std::uint64_t> sums) {
  for_each_valid(validity, std::ssize(sums), [&](std::int64_t row) { sums[static_cast<std::size_t>(row)] += value.seed; });
  for (std::size_t child = 0; child < value.children.size(); ++child) {
    const arrow::ArrayData& member = *data.child_data[child];
    add(value.children[child], member, member.offset + start, validity, sums);
  }
}

// The elements of all lists of the range, hashed; `first` is the index of the range's first element.
template <typename Offset>
std::vector<std::uint64_t> hash_elements(const HashedValue& value, const arrow::ArrayData& elements, const std::uint8_t* offsets, std::int64_t start,
                                         std::int64_t length) {
  const Offset first = load<Offset>(offsets, start);
  const Offset last = load<Offset>(offsets, start + length);
  std::vector<std::uint64_t> hashes(static_cast<std::size_t>(last - first));
  add(value, elements, elements.offset + first, {}, hashes);
  return hashes;
}

template <typename Offset>
void add_lists(const HashedValue& value, const arrow::ArrayData& data, std::int64_t start, Validity validity, std::span<std::uint64_t> sums) {
  const std::uint8_t* const offsets = data.buffers[1]->data();
  const std::vector<std::uint64_t> elements = hash_elements<Offset>(value.children[0], *data.child_data[0], offsets, start, std::ssize(sums));
  const Offset first = load<Offset>(offsets, start);
  for_each_valid(validity, std::ssize(sums), [&](std::int64_t row) {
    const Offset from = load<Offset>(offsets, start + row) - first;
    const Offset to = load<Offset>(offsets, start + row + 1) - first;
    const void* const list = to == from ? static_cast<const void*>(&value.seed) : elements.data() + from;
    sums[static_cast<std::size_t>(row)] += hash_bytes(list, static_cast<std::size_t>(to - from) * sizeof(std::uint64_t), value.seed);
  });
}

void add_maps(const HashedValue& value, const arrow::ArrayData& data, std::int64_t start, Validity validity, std::span<std::uint64_t> sums) {
  const std::uint8_t* const offsets = data.buffers[1]->data();
  const arrow::ArrayData& entries = *data.child_data[0];
  const std::int32_t first = load<std::int32_t>(offsets, start);
  const std::int32_t last = load<std::int32_t>(offsets, start + std::ssize(sums));
  std::vector<std::uint64_t> hashes[2];  // of keys and items
  for (std::size_t side = 0; side < 2; ++side) {
    const arrow::ArrayData& values = *entries.child_data[side];
    hashes[side].resize(static_cast<std::size_t>(last - first));
    add(value.children[side], values, values.offset + entries.offset + first, {}, hashes[side]);
  }
  for_each_valid(validity, std::ssize(sums), [&](std::int64_t row) {
    const std::int32_t from = load<std::int32_t>(offsets, start + row) - first;
    const std::int32_t to = load<std::int32_t>(offsets, start + row + 1) - first;
    std::uint64_t sum = 0;
    for (auto entry = static_cast<std::size_t>(from); entry < static_cast<std::size_t>(to); ++entry) {
      const std::uint64_t pair[] = {hashes[0][entry], hashes[1][entry]};
      sum += hash_bytes(pair, sizeof(pair), value.seed);
    }
    sums[static_cast<std::size_t>(row)] += hash_bytes(&sum, sizeof(sum), value.seed);
  });
}

void add_valid(const HashedValue& value, const arrow::ArrayData& data, std::int64_t start, Validity validity, std::span<std::uint64_t> sums) {
  switch (value.kind) {
    case HashedKind::kNull: return;
    case HashedKind::kBoolean: return add_booleans(value, data, start, validity, sums);
    case HashedKind::kSigned:
      return add_numbers_of_width<std::int8_t, std::int16_t, std::int32_t, std::int64_t, std::int64_t>(value, data, start, validity, sums);
    case HashedKind::kUnsigned:
      return add_numbers_of_width<std::uint8_t, std::uint16_t, std::uint32_t, std::uint64_t, std::uint64_t>(value, data, start, validity, sums);
    case HashedKind::kFloat: return add_numbers_of_width<float, float, float, double, double>(value, data, start, validity, sums);
    case HashedKind::kBytes: return add_fixed_bytes(value, data, start, validity, sums);
    case HashedKind::kText: return add_texts<std::int32_t>(value, data, start, validity, sums);
    case HashedKind::kLongText: return add_texts<std::int64_t>(value, data, start, validity, sums);
    case HashedKind::kStruct: return add_struct(value, data, start, validity, sums);
    case HashedKind::kList: return add_lists<std::int32_t>(value, data, start, validity, sums);
    case HashedKind::kLongList: return add_lists<std::int64_t>(value, data, start, validity, sums);
    case HashedKind::kMap: return add_maps(value, data, start, validity, sums);
  }
}

// Adds the hashes of a range of values to the sums, one a row. Columns without any value, of which wide tables are full,
// cost a look at their bitmap, with all that is below them.
void add(const HashedValue& value, const arrow::ArrayData& data, std::int64_t start, Validity parent, std::span<std::uint64_t> sums) {
  const std::int64_t length = std::ssize(sums);
  if (length == 0 || value.kind == HashedKind::kNull) {
    return;
  }
  if (data.null_count == data.length) {
    return;
  }
  if (data.null_count == 0 || !data.buffers[0]) {
    return add_valid(value, data, start, parent, sums);
  }
  const std::uint8_t* const bits = data.buffers[0]->data();
  const std::int64_t count = arrow::internal::CountSetBits(bits, start, length);
  if (count == 0) {
    return;
  }
  if (count == length) {
    return add_valid(value, data, start, parent, sums);
  }
  if (parent.bits == nullptr) {
    return add_valid(value, data, start, {bits, start}, sums);
  }
  std::vector<std::uint8_t> both(static_cast<std::size_t>(arrow::bit_util::BytesForBits(length)));
  arrow::internal::BitmapAnd(bits, start, parent.bits, parent.offset, length, 0, both.data());
  add_valid(value, data, start, {both.data(), 0}, sums);
}

}  // namespace

Result<ContentHash> ContentHash::make(const arrow::Schema& schema) {
  auto columns = std::make_shared<std::vector<HashedValue>>();
  for (const auto& field : schema.fields()) {
    LAKEFLOW_ASSIGN(HashedValue column, compile(*field->type(), field->name(), seed_of(field->name(), 0)));
    columns->push_back(std::move(column));
  }
  columns->push_back({.kind = HashedKind::kText, .width = 0, .seed = seed_of(kRescuedDataColumn, 0), .children = {}});
  ContentHash hash;
  hash.columns_ = std::move(columns);
  return hash;
}

ContentHash ContentHash::without(const std::vector<ColumnPath>& paths) const {
  auto columns = std::make_shared<std::vector<HashedValue>>(*columns_);
  for (const ColumnPath& path : paths) {
    std::vector<HashedValue>* level = columns.get();
    for (std::size_t step = 0; step + 1 < path.steps().size(); ++step) {
      level = &(*level)[static_cast<std::size_t>(path.steps()[step])].children;
    }
    (*level)[static_cast<std::size_t>(path.steps().back())].kind = HashedKind::kNull;
  }
  ContentHash hash;
  hash.columns_ = std::move(columns);
  return hash;
}

std::vector<std::uint64_t> ContentHash::hash(const arrow::RecordBatch& rows, const arrow::StringArray* rescued) const {
  std::vector<std::uint64_t> sums(static_cast<std::size_t>(rows.num_rows()));
  for (std::size_t column = 0; column + 1 < columns_->size(); ++column) {
    const arrow::ArrayData& data = *rows.column_data(static_cast<int>(column));
    add((*columns_)[column], data, data.offset, {}, sums);
  }
  if (rescued != nullptr) {
    add(columns_->back(), *rescued->data(), rescued->offset(), {}, sums);
  }
  return sums;
}

}  // namespace lakeflow
