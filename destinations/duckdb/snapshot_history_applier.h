#pragma once

#include <string>

#include "base/clock.h"
#include "destinations/duckdb/seen_keys.h"
#include "destinations/duckdb/table_applier.h"

namespace lakeflow {

// kSnapshot with history: what differs ends a version and begins one, all at the one time of the snapshot.
class SnapshotHistoryApplier final : public TableApplier {
 public:
  SnapshotHistoryApplier(TableWriter writer, int number) : writer_(std::move(writer)), seen_(number) {}
  Result<ApplyCounts> apply(const ChangeSlice& slice) override;
  Result<ApplyCounts> finish_snapshot(bool complete) override;

 private:
  // The time of the snapshot under way, as SQL.
  Result<std::string> now();

  TableWriter writer_;
  SeenKeys seen_;
  std::string now_;  // empty before the first row
};

}  // namespace lakeflow
