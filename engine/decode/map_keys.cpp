#include "engine/decode/map_keys.h"

#include "engine/decode/key_index.h"

namespace lakeflow {
namespace {

std::string_view key_at(Column& keys, std::uint32_t row) {
  const auto begin = static_cast<std::size_t>(keys.offsets()[row]);
  const auto end = static_cast<std::size_t>(keys.offsets()[row + 1]);
  return {reinterpret_cast<const char*>(keys.data) + begin, end - begin};
}

}  // namespace

bool MapKeys::insert(Column& keys, std::uint32_t row, std::string_view key) {
  if (row - first_ < kFew) {
    for (std::uint32_t i = first_; i < row; ++i) {
      if (key_at(keys, i) == key) {
        return false;
      }
    }
    return true;
  }
  if (rows_.empty()) {
    for (std::uint32_t i = first_; i < row; ++i) {
      rows_.emplace(hash_text(key_at(keys, i)), i);
    }
  }
  const std::uint64_t hash = hash_text(key);
  const auto [begin, end] = rows_.equal_range(hash);
  for (auto entry = begin; entry != end; ++entry) {
    if (key_at(keys, entry->second) == key) {
      return false;
    }
  }
  rows_.emplace(hash, row);
  return true;
}

}  // namespace lakeflow
