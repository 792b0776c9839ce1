#include "destinations/duckdb/snapshot_history_applier.h"

#include <arrow/record_batch.h>
#include <fmt/format.h>

#include <algorithm>

#include "base/kill_point.h"
#include "destinations/duckdb/slice_sql.h"
#include "destinations/duckdb/slice_verdicts.h"
#include "destinations/interface/framework_columns.h"
#include "destinations/sql/sql_text.h"

namespace lakeflow {
namespace {

const std::string kStart = quote_identifier(kStartAtColumn);
const std::string kEnd = quote_identifier(kEndAtColumn);

}  // namespace

Result<std::string> SnapshotHistoryApplier::now() {
  if (!now_.empty()) return now_;
  LAKEFLOW_ASSIGN(const std::int64_t last,
                  writer_.connection().integer(
                      writer_.doing(), fmt::format("SELECT coalesce(epoch_us(max(greatest({}, {}))), -1) FROM {}", kStart, kEnd, writer_.table())));
  now_ = fmt::format("TIMESTAMPTZ '{}'", format_utc(std::max(writer_.plan().snapshot_at, last + 1)));
  return now_;
}

Result<ApplyCounts> SnapshotHistoryApplier::apply(const ChangeSlice& slice) {
  const auto rows = static_cast<std::uint64_t>(slice.rows->num_rows());
  if (rows == 0) return ApplyCounts{};
  Connection& connection = writer_.connection();
  LAKEFLOW_ASSIGN(const SliceSql sql, SliceSql::make(writer_.plan(), slice));
  LAKEFLOW_ASSIGN(const std::string now, this->now());
  LAKEFLOW_ASSIGN(const ScannableBatch keys, writer_.scanner().offer_numbered(slice.keys));
  LAKEFLOW_TRY(seen_.prepare(writer_, sql, keys));
  LAKEFLOW_ASSIGN(const TableKeys::Facts facts, writer_.keys().meet(connection, writer_.doing(), sql, writer_.table(), keys));
  if (!facts.may_be_in_table && !facts.repeats) {
    kill_point("apply.staged");
    LAKEFLOW_TRY(writer_.insert(slice.rows, std::nullopt, now));
    LAKEFLOW_TRY(seen_.add(writer_, sql, keys.sql() + " s"));
    kill_point("apply.applied");
    ApplyCounts counts;
    counts.inserted = rows;
    return counts;
  }
  LAKEFLOW_ASSIGN(SliceVerdicts verdicts, SliceVerdicts::stage(writer_, sql, slice, keys.sql(), rows, facts.repeats));
  // What this snapshot brought before, and brings again with a greater hash, is replaced, unless that is what stood before the snapshot: then
  // that one goes on (it is 'reopened').
  LAKEFLOW_ASSIGN(const ApplyCounts counts,
                  verdicts.judge(fmt::format(
                      R"sql(
WITH open AS MATERIALIZED (
       SELECT s."row", t.* FROM (SELECT {target_columns}, {start} AS start_at FROM {table} WHERE {end} IS NULL) t JOIN lakeflow_slice s ON {keys_equal}),
     ended AS MATERIALIZED (
       SELECT s."row", t.* FROM (SELECT {target_columns} FROM {table} WHERE {end} = {now}) t JOIN lakeflow_slice s ON {keys_equal}),
     came_before AS MATERIALIZED (SELECT s."row" FROM lakeflow_slice s SEMI JOIN {seen} k ON {seen_equal})
SELECT s."row", t.target_row, b.target_row AS reopened_row, k."row" IS NOT NULL AS came_before,
  CASE WHEN t.target_row IS NULL THEN 'inserted'
       WHEN t.content_hash = s.content_hash THEN 'unchanged'
       WHEN k."row" IS NOT NULL AND t.content_hash > s.content_hash THEN 'superseded'
       WHEN t.start_at < {now} THEN 'inserted'
       WHEN b.content_hash = s.content_hash THEN 'reopened'
       ELSE 'updated' END AS outcome
FROM lakeflow_slice s LEFT JOIN open t ON s."row" = t."row" LEFT JOIN ended b ON s."row" = b."row" LEFT JOIN came_before k ON s."row" = k."row")sql",
                      fmt::arg("target_columns", sql.target_columns()), fmt::arg("start", kStart), fmt::arg("end", kEnd),
                      fmt::arg("table", writer_.table()), fmt::arg("keys_equal", sql.keys_equal("s", "t")), fmt::arg("now", now),
                      fmt::arg("seen", seen_.table()), fmt::arg("seen_equal", sql.keys_equal("s", "k")))));
  LAKEFLOW_TRY(
      writer_.update_rows(fmt::format("{} = {} WHERE rowid IN (SELECT target_row FROM lakeflow_verdicts WHERE outcome = 'inserted')", kEnd, now)));
  LAKEFLOW_TRY(
      writer_.update_rows(fmt::format("{} = NULL WHERE rowid IN (SELECT reopened_row FROM lakeflow_verdicts WHERE outcome = 'reopened')", kEnd)));
  LAKEFLOW_TRY(writer_.delete_rows("SELECT target_row FROM lakeflow_verdicts WHERE outcome IN ('updated', 'reopened')"));
  LAKEFLOW_TRY(verdicts.insert_winners(counts.inserted + counts.updated - static_cast<std::uint64_t>(counts.merged), now));
  LAKEFLOW_TRY(seen_.add(writer_, sql, R"(lakeflow_slice s JOIN lakeflow_verdicts v ON s."row" = v."row" WHERE NOT v.came_before)"));
  kill_point("apply.applied");
  return counts;
}

Result<ApplyCounts> SnapshotHistoryApplier::finish_snapshot(bool complete) {
  ApplyCounts counts;
  if (complete) {
    LAKEFLOW_ASSIGN(const std::string now, this->now());
    LAKEFLOW_ASSIGN(counts.absent,
                    writer_.update_rows(fmt::format("{0} = {1} WHERE {0} IS NULL AND rowid IN ({2})", kEnd, now, seen_.lacked_rows(writer_))));
    counts.ended = counts.absent;
  }
  LAKEFLOW_TRY(seen_.drop(writer_));
  now_.clear();
  return counts;
}

}  // namespace lakeflow
