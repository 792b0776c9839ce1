#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string_view>
#include <vector>

#include "testing/apply/history_model.h"
#include "testing/apply/model_record.h"
#include "testing/apply/snapshot_history_model.h"

namespace lakeflow {

// The change rules (destinations/interface/apply_plan.h) once more, in the plainest code: one map, one row at a time. It rules all
// destinations, and shares no code with them nor with the engine's plan. `Content` is what a row holds beside keys and sequences.
template <typename Content>
class ReferenceModel {
 public:
  using Record = ModelRecord<Content>;
  using Row = ModelRow<Content>;
  struct Rules {
    enum class Mode { kAppend, kChanges, kSnapshot };
    Mode mode = Mode::kAppend;
    bool keeps_history = false;
    bool merges_versions = false;
  };
  using Mode = typename Rules::Mode;

  explicit ReferenceModel(Rules rules) : rules_(rules), history_(rules.merges_versions) {}

  // Why a record is no row of this table; empty where it is one.
  std::string_view refusal(const Record& record) const {
    if (record.is_delete && rules_.mode != Mode::kChanges) return "unexpected_delete";
    if (has_null(record.key)) return "missing_key";
    if (rules_.mode == Mode::kChanges && !record.is_delete && has_null(record.sequence)) return "missing_sequence";
    return "";
  }

  // Records that came together and were not refused. Of each key the best one meets the table, and the others are superseded.
  // `read_at`: when the run began that reads them; only a snapshot with history looks at it.
  ModelTally apply(std::vector<Record> records, std::int64_t read_at) {
    ModelTally tally;
    if (rules_.mode == Mode::kAppend) {
      for (const Record& record : records) appended_.push_back({record.content, {}, {}});
      tally.inserted = records.size();
      return tally;
    }
    if (rules_.mode == Mode::kSnapshot && rules_.keeps_history) return snapshot_history_.apply(records, read_at);
    const std::uint64_t pointless = rules_.mode == Mode::kChanges ? place_deletes(records) : 0;
    tally = rules_.keeps_history ? history_.apply(records) : apply_to_current(records);
    tally.add_gone(pointless);
    return tally;
  }

  ModelTally finish_snapshot(bool complete, std::int64_t read_at) {
    if (rules_.keeps_history) return snapshot_history_.finish(complete, read_at);
    ModelTally tally;
    for (auto at = standing_.begin(); at != standing_.end();) {
      if (complete && !seen_.contains(at->first)) {
        at = standing_.erase(at);
        ++tally.absent;
      } else {
        ++at;
      }
    }
    seen_.clear();
    return tally;
  }

  // Forgets the deletes, however young.
  void forget_deletes() {
    std::erase_if(standing_, [](const auto& entry) { return entry.second.is_delete; });
    history_.forget();
  }

  // The rows, in no order that means anything.
  std::vector<Row> rows() const {
    if (rules_.keeps_history) return rules_.mode == Mode::kChanges ? history_.rows() : snapshot_history_.rows();
    std::vector<Row> rows = appended_;
    for (const auto& [key, record] : standing_) {
      if (!record.is_delete) rows.push_back({record.content, {}, {}});
    }
    return rows;
  }

  void clear() { *this = ReferenceModel(rules_); }

 private:
  // Gives the deletes without a time the place of what they delete; takes those out that delete nothing, and says how many.
  std::uint64_t place_deletes(std::vector<Record>& records) const {
    std::map<PlainValues, PlainValues> greatest;
    std::vector<Record> placed;
    for (Record& record : records) {
      if (const auto last = last_sequence(record.key)) greatest.try_emplace(record.key, *last);
      const bool is_timeless = has_null(record.sequence);
      if (is_timeless && !greatest.contains(record.key)) continue;
      PlainValues& sequence = greatest.try_emplace(record.key, record.sequence).first->second;
      if (is_timeless) {
        record.sequence = sequence;
      } else if (sequence < record.sequence) {
        sequence = record.sequence;
      }
      placed.push_back(record);
    }
    const std::uint64_t pointless = records.size() - placed.size();
    records = placed;
    return pointless;
  }

  std::optional<PlainValues> last_sequence(const PlainValues& key) const {
    if (rules_.keeps_history) return history_.last_sequence(key);
    const auto standing = standing_.find(key);
    return standing == standing_.end() ? std::nullopt : std::optional(standing->second.sequence);
  }

  ModelTally apply_to_current(const std::vector<Record>& records) {
    ModelTally tally;
    std::map<PlainValues, const Record*> best;
    for (const Record& record : records) {
      const auto [at, is_first] = best.try_emplace(record.key, &record);
      if (!is_first) {
        ++tally.superseded;
        if (is_before(*at->second, record)) at->second = &record;
      }
    }
    for (const auto& [key, record] : best) {
      rules_.mode == Mode::kChanges ? change(*record, tally) : compare(*record, tally);
    }
    return tally;
  }

  // Whether of two records of a key the second has the last word. A snapshot knows no sequence and no deletes.
  bool is_before(const Record& a, const Record& b) const {
    if (rules_.mode == Mode::kChanges && a.sequence != b.sequence) return a.sequence < b.sequence;
    return a.rank() < b.rank();
  }

  // The last word about a key stands, be it a row or a delete.
  void change(const Record& record, ModelTally& tally) {
    const auto [at, is_new] = standing_.try_emplace(record.key, record);
    if (is_new) {
      record.is_delete ? tally.add_gone() : tally.add_inserted();
      return;
    }
    Record& last = at->second;
    const bool same_delete = last.is_delete && record.is_delete && last.sequence == record.sequence;
    if (is_before(record, last) && !same_delete) {
      ++tally.superseded;
    } else if (same_delete) {
      tally.add_gone();
    } else if (!is_before(last, record)) {
      ++tally.unchanged;
    } else {
      if (last.is_delete) {
        record.is_delete ? tally.add_gone() : tally.add_inserted();
      } else {
        ++(record.is_delete ? tally.deleted : tally.updated);
      }
      last = record;
    }
  }

  // What a snapshot brings replaces what was there before it; among its own rows the greater hash stands.
  void compare(const Record& record, ModelTally& tally) {
    const bool came_before = !seen_.insert(record.key).second;
    const auto [at, is_new] = standing_.try_emplace(record.key, record);
    if (is_new) {
      ++tally.inserted;
    } else if (at->second.hash == record.hash) {
      ++tally.unchanged;
    } else if (came_before && record.hash < at->second.hash) {
      ++tally.superseded;
    } else {
      ++tally.updated;
      at->second = record;
    }
  }

  Rules rules_;
  std::map<PlainValues, Record> standing_;
  std::set<PlainValues> seen_;  // keys of the snapshot that is under way
  std::vector<Row> appended_;
  HistoryModel<Content> history_;
  SnapshotHistoryModel<Content> snapshot_history_;
};

}  // namespace lakeflow
