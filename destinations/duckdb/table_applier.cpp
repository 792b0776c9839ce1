#include "destinations/duckdb/table_applier.h"

#include <arrow/record_batch.h>
#include <fmt/format.h>

#include <utility>

#include "base/kill_point.h"
#include "destinations/duckdb/change_applier.h"
#include "destinations/duckdb/history_applier.h"
#include "destinations/duckdb/snapshot_applier.h"
#include "destinations/duckdb/snapshot_history_applier.h"

namespace lakeflow {
namespace {

// kAppend.
class AppendApplier final : public TableApplier {
 public:
  explicit AppendApplier(TableWriter writer) : writer_(std::move(writer)) {}

  Result<ApplyCounts> apply(const ChangeSlice& slice) override {
    kill_point("apply.staged");
    writer_.keys().forget();
    LAKEFLOW_TRY(writer_.insert(slice.rows));
    kill_point("apply.applied");
    ApplyCounts counts;
    counts.inserted = static_cast<std::uint64_t>(slice.rows->num_rows());
    return counts;
  }

  Result<ApplyCounts> finish_snapshot(bool) override { return std::unexpected(Error::internal("a table that appends has no snapshot to finish")); }

 private:
  TableWriter writer_;
};

}  // namespace

std::unique_ptr<TableApplier> make_table_applier(TableWriter writer, int number) {
  const bool keeps_versions = writer.plan().history == HistoryMode::kVersions;
  switch (writer.plan().mode) {
    case ApplyMode::kChanges:
      if (keeps_versions) return std::make_unique<HistoryApplier>(std::move(writer));
      return std::make_unique<ChangeApplier>(std::move(writer));
    case ApplyMode::kSnapshot:
      if (keeps_versions) return std::make_unique<SnapshotHistoryApplier>(std::move(writer), number);
      return std::make_unique<SnapshotApplier>(std::move(writer), number);
    case ApplyMode::kAppend: break;
  }
  return std::make_unique<AppendApplier>(std::move(writer));
}

}  // namespace lakeflow
