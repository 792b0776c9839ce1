#pragma once

#include <cstdint>
#include <string>
#include <tuple>
#include <variant>
#include <vector>

namespace lakeflow {

// A value as the model sees it; what is not there comes first. Texts compare by their bytes.
using PlainValue = std::variant<std::monostate, bool, std::int64_t, double, std::string>;
using PlainValues = std::vector<PlainValue>;

inline bool has_null(const PlainValues& values) {
  for (const PlainValue& value : values) {
    if (std::holds_alternative<std::monostate>(value)) return true;
  }
  return false;
}

// What comes for a table; `Content` is what a row holds beside keys and sequences.
template <typename Content>
struct ModelRecord {
  bool is_delete = false;
  PlainValues key;
  PlainValues sequence;
  std::int64_t hash = 0;
  std::int64_t tracked_hash = 0;
  Content content = {};

  // Which of two records of a key, and of what orders them, has the last word.
  std::tuple<bool, std::int64_t> rank() const { return {is_delete, hash}; }
};

// What stands in it. Without history there is neither start nor end; the last version's end is empty.
template <typename Content>
struct ModelRow {
  Content content = {};
  PlainValues start;
  PlainValues end;
};

// ApplyCounts, by their names.
struct ModelTally {
  std::uint64_t inserted = 0, updated = 0, unchanged = 0, superseded = 0, deleted = 0, absent = 0, ended = 0;
  std::int64_t merged = 0;
  std::uint64_t already_gone = 0;

  void add_inserted() { ++inserted; }
  // A delete of what is not there.
  void add_gone(std::uint64_t deletes = 1) {
    unchanged += deletes;
    already_gone += deletes;
  }
};

}  // namespace lakeflow
