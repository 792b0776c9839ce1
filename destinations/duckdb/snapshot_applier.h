#pragma once

#include "destinations/duckdb/seen_keys.h"
#include "destinations/duckdb/table_applier.h"

namespace lakeflow {

// kSnapshot without history: rows are the whole table, compared by key and content hash.
class SnapshotApplier final : public TableApplier {
 public:
  SnapshotApplier(TableWriter writer, int number) : writer_(std::move(writer)), seen_(number) {}
  Result<ApplyCounts> apply(const ChangeSlice& slice) override;
  Result<ApplyCounts> finish_snapshot(bool complete) override;

 private:
  TableWriter writer_;
  SeenKeys seen_;
};

}  // namespace lakeflow
