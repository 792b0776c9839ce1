#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "destinations/interface/apply_plan.h"
#include "engine/pipeline/pipeline.h"
#include "sources/interface/decoder.h"
#include "sources/interface/table_metadata.h"

namespace arrow {
class Schema;
}

namespace lakeflow {

// The run that rows belong to: the columns _run_id and _ingestion_timestamp.
struct RunStamp {
  std::string run_id;
  TimestampMicros started_at = 0;
};

// Decoded rows, ready for Transaction::apply.
struct PreparedRows {
  ChangeSlice slice;  // rows may be 0, never null
  // Rows that were taken out, one reject each (several may name one record): "missing_key", "missing_sequence" (of an upsert) and, where the
  // table can't take a delete (append, snapshot), "unexpected_delete". decoded rows = slice rows + rejects.
  std::vector<Reject> rejects;
  std::uint64_t rescued = 0;  // rows of the slice with _rescued_data
};

// One table of a run: what the source says of it (metadata, schema) and what the pipeline wants of it, compiled once, then
// applied to every batch. Immutable; prepare() may be called from several threads.
//
// The mode: `snapshot` compares by key, `cdc` and `cdc_with_deletes` order changes by the sequence, `append` appends. scd_type
// APPEND_ONLY appends whatever a cdc source sends (a snapshot's rows would come again with each run: refused); SCD_TYPE_1 and
// SCD_TYPE_2 make changes of an append source that has keys and a sequence. SCD_TYPE_2 keeps the history, of changes and of snapshots;
// track_history_except makes of versions that are equal in all but those columns, and the sequence, one. primary_keys and sequence_by go before the
// source's own.
//
// The content hash, a signed 64-bit number by XXH3, covers the source's columns and _rescued_data: equal values give equal
// hashes however the rows are batched and sliced, in whatever order the columns stand, and whether a column that is null in the
// row (at any depth of structs) exists or not. The order of lists counts, that of a map's entries does not.
class TablePlan {
 public:
  // User errors, which begin with the table's place in the pipeline's file: keys or a sequence that are missing, unknown (with
  // the nearest name), not scalar or, for keys, floating point; cluster_by or
  // track_history_except that name no column, or track_history_except without changes of SCD_TYPE_2. A source's column that bears the name
  // of a framework column, or a type that no table can hold, is the connector's fault: an internal error. `run_started_at` counts
  // for snapshots with history (ApplyPlan::snapshot_at).
  static Result<TablePlan> make(const PipelineTable& table, const TableMetadata& metadata, std::shared_ptr<arrow::Schema> source_schema,
                                TimestampMicros run_started_at = 0);

  const ApplyPlan& apply_plan() const { return apply_plan_; }
  const PipelineTable& table() const { return table_; }

  // Adds the framework's columns (framework_columns.h) and extracts keys, sequences, deletes and hashes into ChangeSlice::keys
  // (null for kAppend). Source columns are shared with `decoded`, not copied, unless rows had to be taken out.
  Result<PreparedRows> prepare(const DecodedTable& decoded, const RawRecords& raw, const RunStamp& run) const;

 private:
  struct Compiled;
  TablePlan(PipelineTable table, ApplyPlan apply_plan, std::shared_ptr<const Compiled> compiled)
      : table_(std::move(table)), apply_plan_(std::move(apply_plan)), compiled_(std::move(compiled)) {}

  PipelineTable table_;
  ApplyPlan apply_plan_;
  std::shared_ptr<const Compiled> compiled_;
};

}  // namespace lakeflow
