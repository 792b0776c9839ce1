#include "destinations/duckdb/change_applier.h"

#include <arrow/record_batch.h>
#include <fmt/format.h>

#include "base/clock.h"
#include "base/kill_point.h"
#include "destinations/duckdb/slice_sql.h"
#include "destinations/duckdb/slice_verdicts.h"
#include "destinations/sql/sql_text.h"

namespace lakeflow {
namespace {

// What becomes of the best row `s` of each key, against the table's row `t` of that key and its tombstone `g`.
std::string verdicts(const SliceSql& sql, const TableWriter& writer, bool may_be_in_table, bool has_tombstones) {
  const std::string tombstones = fmt::format("SELECT rowid AS tombstone_row, key, {} FROM _lakeflow.tombstones WHERE {}", sql.sequences_from_text(),
                                             has_tombstones ? "destination_table = " + quote_text(writer.plan().target.text()) : "false");
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
           WHEN s."delete" THEN 'unchanged'
           ELSE 'inserted'
         END AS outcome
       FROM lakeflow_slice s LEFT JOIN matches t ON s."row" = t."row" LEFT JOIN tombstones g ON g.key = {keys_text})
SELECT "row", target_row, outcome,
  is_delete AND outcome <> 'superseded' AND (tombstone_row IS NULL OR after_tombstone) AS buries,
  CASE WHEN outcome <> 'superseded' AND (NOT is_delete OR after_tombstone) THEN tombstone_row END AS obsolete_tombstone
FROM judged)sql",
      fmt::arg("target_columns", sql.target_columns()), fmt::arg("table", writer.table()), fmt::arg("may_be_in_table", may_be_in_table),
      fmt::arg("keys_equal", sql.keys_equal("s", "t")), fmt::arg("tombstones", tombstones), fmt::arg("after_tombstone", sql.later("s", "g")),
      fmt::arg("target_later", sql.later("t", "s")), fmt::arg("target_same", sql.same_sequence("t", "s")),
      fmt::arg("tombstone_later", sql.later("g", "s")), fmt::arg("tombstone_same", sql.same_sequence("g", "s")),
      fmt::arg("keys_text", sql.keys_text("s")));
}

}  // namespace

Status ChangeApplier::look_for_tombstones() {
  if (looked_) return {};
  const std::string name = writer_.plan().target.text();
  const Parameter parameters[] = {std::string_view(name)};
  LAKEFLOW_ASSIGN(
      const std::int64_t tombstones,
      writer_.connection().integer(writer_.doing(), "SELECT count(*) FROM _lakeflow.tombstones WHERE destination_table = $1", parameters));
  has_tombstones_ = tombstones > 0;
  looked_ = true;
  return {};
}

Result<ApplyCounts> ChangeApplier::apply(const ChangeSlice& slice) {
  ApplyCounts counts;
  if (slice.rows->num_rows() == 0) return counts;
  LAKEFLOW_ASSIGN(const SliceSql sql, SliceSql::make(writer_.plan(), slice));
  LAKEFLOW_TRY(look_for_tombstones());
  LAKEFLOW_ASSIGN(const ScannableBatch keys, writer_.scanner().offer_numbered(slice.keys));
  LAKEFLOW_ASSIGN(const TableKeys::Facts facts, writer_.keys().meet(writer_.connection(), writer_.doing(), sql, writer_.table(), keys));
  const bool all_are_new = !facts.may_be_in_table && !facts.repeats && !facts.has_deletes && !has_tombstones_;
  if (all_are_new) {
    kill_point("apply.staged");
    LAKEFLOW_TRY(writer_.insert(slice.rows));
    counts.inserted = static_cast<std::uint64_t>(slice.rows->num_rows());
  } else {
    LAKEFLOW_ASSIGN(SliceVerdicts slice_verdicts, SliceVerdicts::stage(writer_, sql, slice, keys, facts.repeats));
    LAKEFLOW_ASSIGN(counts, slice_verdicts.carry_out(verdicts(sql, writer_, facts.may_be_in_table, has_tombstones_)));
    LAKEFLOW_TRY(keep_tombstones(sql));
  }
  kill_point("apply.applied");
  return counts;
}

Status ChangeApplier::keep_tombstones(const SliceSql& sql) {
  Connection& connection = writer_.connection();
  if (has_tombstones_) {
    LAKEFLOW_TRY(connection.execute(
        writer_.doing(),
        "DELETE FROM _lakeflow.tombstones WHERE rowid IN (SELECT obsolete_tombstone FROM lakeflow_verdicts WHERE obsolete_tombstone IS NOT NULL)"));
  }
  const std::string table = writer_.plan().target.text();
  const Parameter parameters[] = {std::string_view(table), Timestamp{now_micros()}};
  LAKEFLOW_ASSIGN(
      const std::uint64_t buried,
      connection.change(
          writer_.doing(),
          fmt::format(
              R"(INSERT INTO _lakeflow.tombstones SELECT $1, {}, {}, $2 FROM lakeflow_slice s JOIN lakeflow_verdicts v ON s."row" = v."row" WHERE v.buries)",
              sql.keys_text("s"), sql.sequences_text("s")),
          parameters));
  if (buried > 0) has_tombstones_ = true;
  return {};
}

Result<ApplyCounts> ChangeApplier::finish_snapshot(bool) {
  return std::unexpected(Error::internal("a table that takes changes has no snapshot to finish"));
}

}  // namespace lakeflow
