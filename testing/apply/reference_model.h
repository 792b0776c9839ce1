#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <variant>
#include <vector>

namespace lakeflow {

// A value as the model sees it; what is not there comes first. Texts compare by their bytes.
using PlainValue = std::variant<std::monostate, bool, std::int64_t, double, std::string>;
using PlainValues = std::vector<PlainValue>;

// The change rules (destinations/interface/apply_plan.h) once more, in the plainest code: one map, one row at a time. It rules all
// destinations, and shares no code with them nor with the engine's plan. `Content` is what a row holds beside keys and sequences.
template <typename Content>
class ReferenceModel {
 public:
  enum class Rules { kAppend, kChanges, kSnapshot };

  struct Record {
    bool is_delete = false;
    PlainValues key;
    PlainValues sequence;
    std::int64_t hash = 0;
    Content content = {};
  };
  struct Tally {
    std::uint64_t inserted = 0, updated = 0, unchanged = 0, superseded = 0, deleted = 0, absent = 0;
    bool operator==(const Tally&) const = default;
  };

  explicit ReferenceModel(Rules rules) : rules_(rules) {}

  // Why a record is no row of this table; empty where it is one.
  std::string_view refusal(const Record& record) const {
    if (record.is_delete && rules_ != Rules::kChanges) return "unexpected_delete";
    for (const PlainValue& value : record.key) {
      if (std::holds_alternative<std::monostate>(value)) return "missing_key";
    }
    if (rules_ == Rules::kChanges) {
      for (const PlainValue& value : record.sequence) {
        if (std::holds_alternative<std::monostate>(value)) return "missing_sequence";
      }
    }
    return "";
  }

  // Records that came together and were not refused. Of each key the best one meets the table, and the others are superseded.
  Tally apply(const std::vector<Record>& records) {
    Tally tally;
    if (rules_ == Rules::kAppend) {
      for (const Record& record : records) appended_.push_back(record.content);
      tally.inserted = records.size();
      return tally;
    }
    std::map<PlainValues, const Record*> best;
    for (const Record& record : records) {
      const auto [at, is_first] = best.try_emplace(record.key, &record);
      if (!is_first) {
        ++tally.superseded;
        if (rank(*at->second) < rank(record)) at->second = &record;
      }
    }
    for (const auto& [key, record] : best) {
      rules_ == Rules::kChanges ? change(*record, tally) : compare(*record, tally);
    }
    return tally;
  }

  Tally finish_snapshot(bool complete) {
    Tally tally;
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

  // The rows, in no order that means anything.
  std::vector<Content> rows() const {
    std::vector<Content> rows = appended_;
    for (const auto& [key, record] : standing_) {
      if (!record.is_delete) rows.push_back(record.content);
    }
    return rows;
  }

  void clear() { *this = ReferenceModel(rules_); }

 private:
  // Which of two records of a key has the last word. A snapshot knows no sequence and no deletes.
  std::tuple<PlainValues, bool, std::int64_t> rank(const Record& record) const {
    return {rules_ == Rules::kChanges ? record.sequence : PlainValues(), record.is_delete, record.hash};
  }

  // The last word about a key stands, be it a row or a delete.
  void change(const Record& record, Tally& tally) {
    const auto [at, is_new] = standing_.try_emplace(record.key, record);
    if (is_new) {
      ++(record.is_delete ? tally.unchanged : tally.inserted);
      return;
    }
    Record& last = at->second;
    const bool same_delete = last.is_delete && record.is_delete && last.sequence == record.sequence;
    if (same_delete || rank(last) == rank(record)) {
      ++tally.unchanged;
    } else if (rank(record) < rank(last)) {
      ++tally.superseded;
    } else {
      if (last.is_delete) {
        ++(record.is_delete ? tally.unchanged : tally.inserted);
      } else {
        ++(record.is_delete ? tally.deleted : tally.updated);
      }
      last = record;
    }
  }

  // What a snapshot brings replaces what was there before it; among its own rows the greater hash stands.
  void compare(const Record& record, Tally& tally) {
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
  std::vector<Content> appended_;
};

}  // namespace lakeflow
