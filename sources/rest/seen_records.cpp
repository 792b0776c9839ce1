#include "sources/rest/seen_records.h"

#include <fmt/format.h>
#include <xxhash.h>

#include <utility>

#include "base/options.h"

namespace lakeflow {

Result<SeenRecords> SeenRecords::load(const StateLookup* state, std::string_view prefix) {
  SeenRecords seen(prefix);
  if (state == nullptr) {
    return seen;
  }
  LAKEFLOW_TRY(state->scan(prefix, [&](std::string_view key, std::string_view value) -> Status {
    const auto number = parse_integer(value);
    if (!number) {
      return std::unexpected(Error::internal("an entry of the state is no number", "lakeflow state reset reads the table anew"));
    }
    seen.add(std::string(key.substr(prefix.size())), *number);
    return {};
  }));
  for (auto& [identity, entry] : seen.entries_) {
    entry.is_committed = true;
  }
  seen.changed_.clear();
  return seen;
}

void SeenRecords::add(std::string identity, CursorValue value) {
  const auto [entry, is_new] = entries_.try_emplace(std::move(identity), Entry{.value = value});
  if (is_new) {
    by_value_.emplace(value, entry->first);
    changed_.insert(entry->first);
  }
}

void SeenRecords::forget_below(CursorValue value) {
  const auto end = by_value_.lower_bound(value);
  for (auto known = by_value_.begin(); known != end; ++known) {
    const auto entry = entries_.find(known->second);
    if (entry->second.is_committed) {
      changed_.insert(known->second);
    } else {
      changed_.erase(known->second);  // nobody has heard of it
    }
    entries_.erase(entry);
  }
  by_value_.erase(by_value_.begin(), end);
}

StateDelta SeenRecords::take_changes() {
  StateDelta delta;
  for (const std::string& identity : changed_) {
    const auto entry = entries_.find(identity);
    delta.entries.emplace_back(prefix_ + identity, entry == entries_.end() ? std::nullopt : std::optional(fmt::format("{}", entry->second.value)));
    if (entry != entries_.end()) {
      entry->second.is_committed = true;
    }
  }
  changed_.clear();
  return delta;
}

std::string identity_of(std::string_view text) {
  const XXH128_hash_t hash = XXH3_128bits(text.data(), text.size());
  return fmt::format("{:016x}{:016x}", hash.high64, hash.low64);
}

}  // namespace lakeflow
