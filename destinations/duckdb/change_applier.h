#pragma once

#include <optional>

#include "destinations/duckdb/table_applier.h"

namespace lakeflow {

// kChanges: upserts and deletes by key, ordered by the sequence; deletes leave tombstones.
class ChangeApplier final : public TableApplier {
 public:
  explicit ChangeApplier(TableWriter writer) : writer_(std::move(writer)) {}
  Result<ApplyCounts> apply(const ChangeSlice& slice) override;
  Result<ApplyCounts> finish_snapshot(bool complete) override;

 private:
  Status look_for_tombstones();
  Status keep_tombstones(const class SliceSql& sql);

  TableWriter writer_;
  bool looked_ = false;
  bool has_tombstones_ = false;
};

}  // namespace lakeflow
