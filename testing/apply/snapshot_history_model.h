#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <vector>

#include "testing/apply/model_record.h"

namespace lakeflow {

// Snapshots with history, once more: of each key its versions in their order.
template <typename Content>
class SnapshotHistoryModel {
 public:
  using Record = ModelRecord<Content>;
  using Row = ModelRow<Content>;

  // `read_at`: when the run began that reads the snapshot.
  ModelTally apply(const std::vector<Record>& records, std::int64_t read_at) {
    const std::int64_t now = begin(read_at);
    ModelTally tally;
    std::map<PlainValues, const Record*> best;
    for (const Record& record : records) {
      const auto [at, is_first] = best.try_emplace(record.key, &record);
      if (is_first) continue;
      ++tally.superseded;
      if (at->second->hash < record.hash) at->second = &record;
    }
    for (const auto& [key, record] : best) compare(*record, now, tally);
    return tally;
  }

  ModelTally finish(bool complete, std::int64_t read_at) {
    const std::int64_t now = begin(read_at);
    ModelTally tally;
    for (auto& [key, versions] : keys_) {
      if (!complete || versions.back().end || seen_.contains(key)) continue;
      versions.back().end = now;
      ++tally.absent;
      ++tally.ended;
    }
    seen_.clear();
    now_.reset();
    return tally;
  }

  std::vector<Row> rows() const {
    std::vector<Row> rows;
    for (const auto& [key, versions] : keys_) {
      for (const Version& version : versions) {
        rows.push_back({version.content, {version.start}, version.end ? PlainValues{*version.end} : PlainValues()});
      }
    }
    return rows;
  }

 private:
  struct Version {
    std::int64_t start = 0;
    std::optional<std::int64_t> end;
    std::int64_t hash = 0;
    Content content = {};
  };

  // The one time of the snapshot under way.
  std::int64_t begin(std::int64_t read_at) {
    if (now_) return *now_;
    now_ = read_at;
    for (const auto& [key, versions] : keys_) {
      for (const Version& version : versions) now_ = std::max({*now_, version.start + 1, version.end.value_or(version.start) + 1});
    }
    return *now_;
  }

  void compare(const Record& record, std::int64_t now, ModelTally& tally) {
    const Version fresh{.start = now, .end = {}, .hash = record.hash, .content = record.content};
    const bool came_before = !seen_.insert(record.key).second;
    std::vector<Version>& versions = keys_[record.key];
    if (versions.empty() || versions.back().end) {
      versions.push_back(fresh);
      ++tally.inserted;
    } else if (versions.back().hash == record.hash) {
      ++tally.unchanged;
    } else if (came_before && record.hash < versions.back().hash) {
      ++tally.superseded;
    } else if (versions.back().start < now) {
      versions.back().end = now;
      versions.push_back(fresh);
      ++tally.inserted;
    } else {
      // This snapshot brought the key before, and now brings what has the last word: perhaps what stood before the snapshot.
      ++tally.updated;
      versions.pop_back();
      if (!versions.empty() && versions.back().end == now && versions.back().hash == record.hash) {
        versions.back().end.reset();
        ++tally.merged;
      } else {
        versions.push_back(fresh);
      }
    }
  }

  std::map<PlainValues, std::vector<Version>> keys_;
  std::set<PlainValues> seen_;  // keys of the snapshot that is under way
  std::optional<std::int64_t> now_;
};

}  // namespace lakeflow
