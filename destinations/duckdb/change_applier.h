#pragma once

#include "destinations/duckdb/table_applier.h"
#include "destinations/duckdb/tombstones.h"

namespace lakeflow {

// kChanges without history: upserts and deletes by key, ordered by the sequence; deletes leave tombstones.
class ChangeApplier final : public TableApplier {
 public:
  explicit ChangeApplier(TableWriter writer) : writer_(std::move(writer)), tombstones_(writer_) {}
  Result<ApplyCounts> apply(const ChangeSlice& slice) override;
  Result<ApplyCounts> finish_snapshot(bool complete) override;

 private:
  Status keep_tombstones(const SliceSql& sql);

  TableWriter writer_;
  Tombstones tombstones_;
};

}  // namespace lakeflow
