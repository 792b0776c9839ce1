#pragma once

#include <string>

#include "destinations/duckdb/table_applier.h"

namespace lakeflow {

// kSnapshot: rows are the whole table, compared by key and content hash. The keys that came are kept in a temporary table, which
// goes to disk where memory does not suffice, until the snapshot is finished.
class SnapshotApplier final : public TableApplier {
 public:
  SnapshotApplier(TableWriter writer, int number) : writer_(std::move(writer)), seen_("lakeflow_seen_" + std::to_string(number)) {}
  Result<ApplyCounts> apply(const ChangeSlice& slice) override;
  Result<ApplyCounts> finish_snapshot(bool complete) override;

 private:
  TableWriter writer_;
  std::string seen_;
  bool has_seen_ = false;  // the table of that name is there
};

}  // namespace lakeflow
