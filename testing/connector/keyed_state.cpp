#include "testing/connector/keyed_state.h"

namespace lakeflow {

void KeyedState::put(Entries& entries, const StateDelta::Entries& delta) {
  for (const auto& [key, value] : delta) {
    if (value) {
      entries.insert_or_assign(key, *value);
    } else {
      entries.erase(key);
    }
  }
}

void KeyedState::apply(const StateDelta& delta) {
  put(entries_, delta.entries);
  for (const auto& [table, entries] : delta.of_table) {
    put(of_table_[table], entries);
  }
}

std::size_t KeyedState::entries() const {
  std::size_t count = entries_.size();
  for (const auto& [table, entries] : of_table_) {
    count += entries.size();
  }
  return count;
}

std::size_t KeyedState::bytes() const {
  std::size_t bytes = 0;
  const auto add = [&](const Entries& entries) {
    for (const auto& [key, value] : entries) {
      bytes += key.size() + value.size();
    }
  };
  add(entries_);
  for (const auto& [table, entries] : of_table_) {
    add(entries);
  }
  return bytes;
}

Result<std::optional<std::string>> KeyedState::find(std::string_view key) const {
  const auto found = entries_.find(key);
  return found == entries_.end() ? std::nullopt : std::optional(found->second);
}

Status KeyedState::scan_entries(const Entries& entries, std::string_view prefix,
                                const std::function<Status(std::string_view, std::string_view)>& visit) {
  for (auto at = entries.lower_bound(prefix); at != entries.end() && at->first.starts_with(prefix); ++at) {
    LAKEFLOW_TRY(visit(at->first, at->second));
  }
  return {};
}

Status KeyedState::scan(std::string_view prefix, const std::function<Status(std::string_view, std::string_view)>& visit) const {
  return scan_entries(entries_, prefix, visit);
}

Status KeyedState::scan_of(std::string_view table, std::string_view prefix,
                           const std::function<Status(std::string_view, std::string_view)>& visit) const {
  const auto found = of_table_.find(table);
  return found == of_table_.end() ? Status() : scan_entries(found->second, prefix, visit);
}

}  // namespace lakeflow
