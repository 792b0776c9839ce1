#pragma once

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "testing/apply/model_record.h"

namespace lakeflow {

// Changes with history, once more: of each key the events by their sequence, and the rows read off them anew each time.
template <typename Content>
class HistoryModel {
 public:
  using Record = ModelRecord<Content>;
  using Row = ModelRow<Content>;

  explicit HistoryModel(bool merges_versions) : merges_versions_(merges_versions) {}

  std::optional<PlainValues> last_sequence(const PlainValues& key) const {
    const auto events = keys_.find(key);
    if (events == keys_.end() || events->second.empty()) return std::nullopt;
    return events->second.rbegin()->first;
  }

  // Of the records of one key and sequence the best meets the table, and the others are superseded.
  ModelTally apply(const std::vector<Record>& records) {
    ModelTally tally;
    std::map<std::pair<PlainValues, PlainValues>, const Record*> best;
    for (const Record& record : records) {
      const auto [at, is_first] = best.try_emplace({record.key, record.sequence}, &record);
      if (is_first) continue;
      ++tally.superseded;
      if (at->second->rank() < record.rank()) at->second = &record;
    }
    std::set<PlainValues> touched;
    for (const Record& record : records) touched.insert(record.key);
    for (const PlainValues& key : touched) tally.merged -= merged(keys_[key]);
    std::vector<const Record*> new_deletes;
    for (const auto& [place, record] : best) {
      if (meet(*record, tally)) new_deletes.push_back(record);
    }
    for (const Record* const record : new_deletes) {
      Events& events = keys_[record->key];
      const bool ends_one = follows_upsert(events, events.find(record->sequence));
      if (!ends_one) {
        tally.add_gone();
        continue;
      }
      ++tally.deleted;
      ++tally.ended;
    }
    for (const PlainValues& key : touched) {
      drop_untold(keys_[key]);
      tally.merged += merged(keys_[key]);
    }
    return tally;
  }

  // Tombstones and what was kept aside are no longer kept.
  void forget() {
    for (auto& [key, events] : keys_) {
      for (auto& [sequence, event] : events) event.forgotten = event.record.is_delete;
      drop_untold(events);
      std::map<PlainValues, Event> kept;
      for (auto at = events.begin(); at != events.end(); ++at) {
        const bool is_first = at == events.begin() || !one_version(std::prev(at)->second, at->second);
        const bool is_last = std::next(at) == events.end() || !one_version(at->second, std::next(at)->second);
        if (is_first || is_last) kept.insert(*at);
      }
      events = std::move(kept);
    }
  }

  std::vector<Row> rows() const {
    std::vector<Row> rows;
    for (const auto& [key, events] : keys_) add_rows(events, rows);
    return rows;
  }

 private:
  struct Event {
    Record record;
    bool forgotten = false;  // a delete that only the end of the version before it tells of
  };
  using Events = std::map<PlainValues, Event>;  // by sequence

  void add_rows(const Events& events, std::vector<Row>& rows) const {
    const Event* before = nullptr;
    for (const auto& [sequence, event] : events) {
      if (before != nullptr && one_version(*before, event)) {
        rows.back().content = event.record.content;
      } else {
        if (before != nullptr && !before->record.is_delete) rows.back().end = sequence;
        if (!event.record.is_delete) rows.push_back({event.record.content, sequence, {}});
      }
      before = &event;
    }
  }

  bool one_version(const Event& a, const Event& b) const {
    return merges_versions_ && !a.record.is_delete && !b.record.is_delete && a.record.tracked_hash == b.record.tracked_hash;
  }

  static bool follows_upsert(const Events& events, typename Events::const_iterator at) {
    return at != events.begin() && !std::prev(at)->second.record.is_delete;
  }

  static void drop_untold(Events& events) {
    for (auto at = events.begin(); at != events.end();) {
      at = at->second.forgotten && !follows_upsert(events, at) ? events.erase(at) : std::next(at);
    }
  }

  // Whether it is a delete that took no row: what it ended is known when all records have come.
  bool meet(const Record& record, ModelTally& tally) {
    const auto [at, is_new] = keys_[record.key].try_emplace(record.sequence, Event{record});
    if (is_new) {
      if (!record.is_delete) ++tally.inserted;
      return record.is_delete;
    }
    Record& standing = at->second.record;
    if (standing.is_delete && record.is_delete) {
      tally.add_gone();
    } else if (standing.rank() == record.rank()) {
      ++tally.unchanged;
    } else if (record.rank() < standing.rank()) {
      ++tally.superseded;
    } else {
      ++(record.is_delete ? tally.deleted : tally.updated);
      standing = record;
    }
    return false;
  }

  // Upserts without a row of their own.
  std::int64_t merged(const Events& events) const {
    std::vector<Row> rows;
    add_rows(events, rows);
    const auto is_upsert = [](const auto& event) { return !event.second.record.is_delete; };
    return std::ranges::count_if(events, is_upsert) - std::ssize(rows);
  }

  bool merges_versions_;
  std::map<PlainValues, Events> keys_;
};

}  // namespace lakeflow
