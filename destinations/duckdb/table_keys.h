#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "destinations/duckdb/batch_scan.h"
#include "destinations/duckdb/slice_sql.h"
#include "destinations/sql/connection.h"

namespace lakeflow {

// A set of 64-bit hashes: open addressing, at most four fifths full.
class HashSet {
 public:
  explicit HashSet(std::size_t expected = 0);
  bool contains(std::uint64_t hash) const { return slots_[slot_of(hash)] != kEmpty; }
  // False where it was there.
  bool insert(std::uint64_t hash);
  std::size_t size() const { return size_; }

 private:
  static constexpr std::uint64_t kEmpty = 0;
  static std::uint64_t stored(std::uint64_t hash) { return hash == kEmpty ? 1 : hash; }
  std::size_t slot_of(std::uint64_t hash) const;

  std::vector<std::uint64_t> slots_;
  std::size_t size_ = 0;
};

// What a slice's keys are to the table, told without looking at the table: the hashes of its keys are kept in memory, while
// there are at most kMaximumKeys (64 MiB). So the first load of a table never reads what it wrote, however many
// slices it comes in. Hashes that stay after their rows went, or were rolled back, do no harm: the table is asked then.
class TableKeys {
 public:
  static constexpr std::size_t kMaximumKeys = 6'000'000;

  struct Facts {
    bool may_be_in_table = true;  // some key is, or may be
    bool repeats = false;         // some key comes more than once in the slice, or may
    bool has_deletes = false;
    bool has_timeless_deletes = false;  // with a null in their sequence
  };

  // Of a slice that is about to be applied to `table` (quoted).
  Result<Facts> meet(Connection& connection, const std::string& doing, const SliceSql& sql, const std::string& table, const ScannableBatch& keys);

  // Rows were written, or taken back, past meet().
  void forget() { *this = TableKeys(); }

 private:
  Status learn(Connection& connection, const std::string& doing, const SliceSql& sql, const std::string& table);

  std::optional<HashSet> known_;
  std::string columns_;  // what was hashed
  std::uint64_t meetings_ = 0;
};

}  // namespace lakeflow
