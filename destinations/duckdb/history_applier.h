#pragma once

#include <string>

#include "destinations/duckdb/table_applier.h"
#include "destinations/duckdb/tombstones.h"

namespace lakeflow {

// kChanges with history. A slice whose keys are all new is written as it is. For another, all events of the slice's keys are brought
// together, narrow, in the temporary table lakeflow_events: the rows that stand (and, where versions merge, those kept aside), the deletes
// (tombstones, and ends of versions that no version begins at) and the slice. There the best of each sequence wins, and the
// order of the winners says where each version ends; then only what differs is written.
class HistoryApplier final : public TableApplier {
 public:
  explicit HistoryApplier(TableWriter writer);
  Result<ApplyCounts> apply(const ChangeSlice& slice) override;
  Result<ApplyCounts> finish_snapshot(bool complete) override;

 private:
  Result<ApplyCounts> count(std::uint64_t rows);
  Status write(const ChangeSlice& slice, ApplyCounts& counts);

  TableWriter writer_;
  Tombstones tombstones_;
  bool merges_;
  std::string aside_;  // where merged versions lie, quoted
};

}  // namespace lakeflow
