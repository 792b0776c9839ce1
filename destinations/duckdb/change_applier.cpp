#include "destinations/duckdb/change_applier.h"

#include <arrow/record_batch.h>
#include <fmt/format.h>

#include "base/kill_point.h"
#include "destinations/duckdb/slice_sql.h"
#include "destinations/duckdb/slice_verdicts.h"
#include "destinations/duckdb/timeless_deletes.h"

namespace lakeflow {
namespace {

// What becomes of the best row `s` of each key, against the table's row `t` of that key and its tombstone `g`.
std::string verdicts(const SliceSql& sql, const TableWriter& writer, bool may_be_in_table, const Tombstones& tombstones) {
  return fmt::format(
      R"sql(
WITH matches AS MATERIALIZED (SELECT s."row", t.* FROM (SELECT {target_columns} FROM {table} WHERE {may_be_in_table}) t JOIN lakeflow_slice s ON {keys_equal}),
     tombstones AS ({tombstones}),
     judged AS (
       SELECT s."row", t.target_row, g.tombstone_row, s."delete" AS is_delete, {after_tombstone} AS after_tombstone,
         CASE
           WHEN t.target_row IS NOT NULL THEN
             CASE WHEN {target_later} OR ({target_same} AND NOT s."delete" AND t.content_hash > s.content_hash) THEN 'superseded'
                  WHEN s."delete" THEN 'deleted'
                  WHEN {target_same} AND t.content_hash = s.content_hash THEN 'unchanged'
                  ELSE 'updated' END
           WHEN g.tombstone_row IS NOT NULL AND ({tombstone_later} OR ({tombstone_same} AND NOT s."delete")) THEN 'superseded'
           WHEN s."delete" THEN 'gone'
           ELSE 'inserted'
         END AS outcome
       FROM lakeflow_slice s LEFT JOIN matches t ON s."row" = t."row" LEFT JOIN tombstones g ON g.key = {keys_text})
SELECT "row", target_row, outcome,
  is_delete AND outcome <> 'superseded' AND (tombstone_row IS NULL OR after_tombstone) AS buries,
  CASE WHEN outcome <> 'superseded' AND (NOT is_delete OR after_tombstone) THEN tombstone_row END AS obsolete_tombstone
FROM judged)sql",
      fmt::arg("target_columns", sql.target_columns()), fmt::arg("table", writer.table()), fmt::arg("may_be_in_table", may_be_in_table),
      fmt::arg("keys_equal", sql.keys_equal("s", "t")), fmt::arg("tombstones", tombstones.select(sql)),
      fmt::arg("after_tombstone", sql.later("s", "g")), fmt::arg("target_later", sql.later("t", "s")),
      fmt::arg("target_same", sql.same_sequence("t", "s")), fmt::arg("tombstone_later", sql.later("g", "s")),
      fmt::arg("tombstone_same", sql.same_sequence("g", "s")), fmt::arg("keys_text", sql.keys_text("s")));
}

}  // namespace

Result<ApplyCounts> ChangeApplier::apply(const ChangeSlice& slice) {
  ApplyCounts counts;
  const auto rows = static_cast<std::uint64_t>(slice.rows->num_rows());
  if (rows == 0) return counts;
  LAKEFLOW_ASSIGN(const SliceSql sql, SliceSql::make(writer_.plan(), slice));
  LAKEFLOW_ASSIGN(const bool has_tombstones, tombstones_.any());
  LAKEFLOW_ASSIGN(const ScannableBatch keys, writer_.scanner().offer_numbered(slice.keys));
  LAKEFLOW_ASSIGN(const TableKeys::Facts facts, writer_.keys().meet(writer_.connection(), writer_.doing(), sql, writer_.table(), keys));
  const bool all_are_new = !facts.may_be_in_table && !facts.repeats && !facts.has_deletes && !has_tombstones;
  if (all_are_new) {
    kill_point("apply.staged");
    LAKEFLOW_TRY(writer_.insert(slice.rows));
    counts.inserted = rows;
  } else {
    PlacedSlice placed{.from = keys.sql(), .pointless = 0};
    if (facts.has_timeless_deletes) {
      LAKEFLOW_ASSIGN(placed, place_timeless_deletes(writer_, sql, tombstones_, keys.sql()));
    }
    LAKEFLOW_ASSIGN(SliceVerdicts slice_verdicts, SliceVerdicts::stage(writer_, sql, slice, placed.from, rows - placed.pointless, facts.repeats));
    LAKEFLOW_ASSIGN(counts, slice_verdicts.carry_out(verdicts(sql, writer_, facts.may_be_in_table, tombstones_)));
    counts.unchanged += placed.pointless;
    counts.already_gone += placed.pointless;
    LAKEFLOW_TRY(keep_tombstones(sql));
  }
  kill_point("apply.applied");
  return counts;
}

Status ChangeApplier::keep_tombstones(const SliceSql& sql) {
  LAKEFLOW_ASSIGN(const bool has_tombstones, tombstones_.any());
  if (has_tombstones) {
    LAKEFLOW_TRY(writer_.connection().execute(
        writer_.doing(),
        "DELETE FROM _lakeflow.tombstones WHERE rowid IN (SELECT obsolete_tombstone FROM lakeflow_verdicts WHERE obsolete_tombstone IS NOT NULL)"));
  }
  LAKEFLOW_TRY(tombstones_.add(sql, R"(lakeflow_slice s JOIN lakeflow_verdicts v ON s."row" = v."row" WHERE v.buries)"));
  return {};
}

Result<ApplyCounts> ChangeApplier::finish_snapshot(bool) {
  return std::unexpected(Error::internal("a table that takes changes has no snapshot to finish"));
}

}  // namespace lakeflow
