#pragma once

#include <cstdint>
#include <string_view>
#include <unordered_map>

#include "engine/decode/column.h"

namespace lakeflow {

// The keys of one map that is being read, to tell those that come again. They lie in the column of keys; few are looked
// through there, many are found by their hash.
class MapKeys {
 public:
  // The map's entries begin at this row of the column of keys.
  explicit MapKeys(std::uint32_t first) : first_(first) {}

  // False where the map has the key already. Otherwise the caller appends it to `keys` at `row`, before the next call.
  bool insert(Column& keys, std::uint32_t row, std::string_view key);

 private:
  static constexpr std::uint32_t kFew = 16;

  std::uint32_t first_;
  std::unordered_multimap<std::uint64_t, std::uint32_t> rows_;  // by hash; empty as long as there are few
};

}  // namespace lakeflow
