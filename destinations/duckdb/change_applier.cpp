#include "destinations/duckdb/change_applier.h"

#include <arrow/record_batch.h>
#include <fmt/format.h>

#include "base/clock.h"
#include "base/kill_point.h"
#include "destinations/duckdb/slice_sql.h"
#include "destinations/duckdb/slice_verdicts.h"
#include "destinations/duckdb/sql_text.h"

namespace lakeflow {
namespace {

// What becomes of the best row `s` of each key, against the table's row `t` of that key and its tombstone `g`.
std::string verdicts(const SliceSql& sql, const TableWriter& writer, bool has_tombstones) {
  const std::string tombstones =
      has_tombstones
          ? fmt::format("SELECT rowid AS tombstone_row, key, {} FROM _lakeflow.tombstones WHERE destination_table = {}", sql.sequences_from_text(),
                        quote_text(writer.plan().target.text()))
          : fmt::format("SELECT NULL::BIGINT AS tombstone_row, NULL::VARCHAR[] AS key, {} FROM (SELECT NULL::VARCHAR[] AS sequence) WHERE false",
                        sql.sequences_from_text());
  return fmt::format(
      R"sql(
WITH matches AS MATERIALIZED (SELECT s."row", t.* FROM (SELECT {target_columns} FROM {table}) t JOIN lakeflow_slice s ON {keys_equal}),
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
      fmt::arg("target_columns", sql.target_columns()), fmt::arg("table", writer.table()), fmt::arg("keys_equal", sql.keys_equal("s", "t")),
      fmt::arg("tombstones", tombstones), fmt::arg("after_tombstone", sql.later("s", "g")), fmt::arg("target_later", sql.later("t", "s")),
      fmt::arg("target_same", sql.same_sequence("t", "s")), fmt::arg("tombstone_later", sql.later("g", "s")),
      fmt::arg("tombstone_same", sql.same_sequence("g", "s")), fmt::arg("keys_text", sql.keys_text("s")));
}

}  // namespace

Status ChangeApplier::look_at_table() {
  if (looked_) return {};
  const std::string name = writer_.plan().target.text();
  const Parameter parameters[] = {std::string_view(name)};
  LAKEFLOW_ASSIGN(
      const std::int64_t tombstones,
      writer_.connection().integer(writer_.doing(), "SELECT count(*) FROM _lakeflow.tombstones WHERE destination_table = $1", parameters));
  LAKEFLOW_ASSIGN(table_is_empty_, writer_.is_empty());
  has_tombstones_ = tombstones > 0;
  looked_ = true;
  return {};
}

// Each key once, no deletes, and nothing there that they could meet: every row is inserted.
Result<bool> ChangeApplier::is_plain_load(const SliceSql& sql, const ChangeSlice& slice) {
  if (!table_is_empty_ || has_tombstones_) return false;
  LAKEFLOW_ASSIGN(const ScannableBatch keys, writer_.scanner().offer(slice.keys));
  LAKEFLOW_ASSIGN(const std::int64_t plain_keys,
                  writer_.connection().integer(writer_.doing(),
                                               fmt::format(R"(SELECT count(*) FROM (SELECT 1 FROM {} s GROUP BY {} HAVING NOT bool_or("delete")))",
                                                           keys.sql(), sql.keys("s"))));
  return plain_keys == slice.rows->num_rows();
}

Result<ApplyCounts> ChangeApplier::apply(const ChangeSlice& slice) {
  if (slice.rows->num_rows() == 0) return ApplyCounts{};
  LAKEFLOW_ASSIGN(const SliceSql sql, SliceSql::make(writer_.plan(), slice));
  LAKEFLOW_TRY(look_at_table());
  LAKEFLOW_ASSIGN(const bool plain_load, is_plain_load(sql, slice));
  ApplyCounts counts;
  if (plain_load) {
    kill_point("apply.staged");
    LAKEFLOW_TRY(writer_.insert(slice.rows));
    counts.inserted = static_cast<std::uint64_t>(slice.rows->num_rows());
  } else {
    LAKEFLOW_ASSIGN(SliceVerdicts slice_verdicts, SliceVerdicts::stage(writer_, sql, slice));
    LAKEFLOW_ASSIGN(counts, slice_verdicts.carry_out(verdicts(sql, writer_, has_tombstones_)));
    LAKEFLOW_TRY(keep_tombstones(sql));
  }
  if (counts.inserted > 0) table_is_empty_ = false;
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
