#include "destinations/duckdb/table_keys.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <utility>

namespace lakeflow {

HashSet::HashSet(std::size_t expected) : slots_(std::bit_ceil(std::max<std::size_t>(64, expected * 5 / 4)), kEmpty) {}

std::size_t HashSet::slot_of(std::uint64_t hash) const {
  const std::size_t mask = slots_.size() - 1;
  std::size_t slot = stored(hash) & mask;
  while (slots_[slot] != kEmpty && slots_[slot] != stored(hash)) slot = (slot + 1) & mask;
  return slot;
}

bool HashSet::insert(std::uint64_t hash) {
  std::size_t slot = slot_of(hash);
  if (slots_[slot] != kEmpty) return false;
  if ((size_ + 1) * 5 > slots_.size() * 4) {
    const std::vector<std::uint64_t> old = std::exchange(slots_, std::vector<std::uint64_t>(slots_.size() * 2, kEmpty));
    for (const std::uint64_t kept : old) {
      if (kept != kEmpty) slots_[slot_of(kept)] = kept;
    }
    slot = slot_of(hash);
  }
  slots_[slot] = stored(hash);
  ++size_;
  return true;
}

Result<TableKeys::Facts> TableKeys::meet(Connection& connection, const std::string& doing, const SliceSql& sql, const std::string& table,
                                         const ScannableBatch& keys) {
  if (columns_ != sql.hash_of_target()) forget();
  columns_ = sql.hash_of_target();
  ++meetings_;
  if (!known_) LAKEFLOW_TRY(learn(connection, doing, sql, table));

  Facts facts;
  std::vector<std::uint64_t> hashes;
  LAKEFLOW_ASSIGN(ResultRows rows,
                  connection.query(doing, fmt::format(R"(SELECT {}, CASE WHEN NOT "delete" THEN 0 WHEN {} THEN 2 ELSE 1 END::BIGINT FROM {} s)",
                                                      sql.hash_of_keys("s"), sql.has_null_sequence("s"), keys.sql())));
  while (rows.next_chunk()) {
    for (std::size_t i = 0; i < rows.chunk_rows(); ++i) {
      hashes.push_back(static_cast<std::uint64_t>(rows.integer(0, i)));
      facts.has_deletes |= rows.integer(1, i) != 0;
      facts.has_timeless_deletes |= rows.integer(1, i) == 2;
    }
  }
  facts.may_be_in_table = !known_ || std::ranges::any_of(hashes, [&](std::uint64_t hash) { return known_->contains(hash); });
  HashSet slice(hashes.size());
  for (const std::uint64_t hash : hashes) {
    facts.repeats |= !slice.insert(hash);
    if (known_) known_->insert(hash);
  }
  if (known_ && known_->size() > kMaximumKeys) known_.reset();
  return facts;
}

Status TableKeys::learn(Connection& connection, const std::string& doing, const SliceSql& sql, const std::string& table) {
  LAKEFLOW_ASSIGN(const std::int64_t count, connection.integer(doing, fmt::format("SELECT count(*) FROM {}", table)));
  // Reading all keys costs as much as joining with them once: not worth it for a run's only slice.
  if (count > 0 && (meetings_ == 1 || static_cast<std::size_t>(count) > kMaximumKeys)) return {};
  known_.emplace(static_cast<std::size_t>(count));
  if (count == 0) return {};
  LAKEFLOW_ASSIGN(ResultRows rows, connection.query(doing, fmt::format("SELECT {} FROM {}", sql.hash_of_target(), table)));
  while (rows.next_chunk()) {
    for (std::size_t i = 0; i < rows.chunk_rows(); ++i) known_->insert(static_cast<std::uint64_t>(rows.integer(0, i)));
  }
  return {};
}

}  // namespace lakeflow
