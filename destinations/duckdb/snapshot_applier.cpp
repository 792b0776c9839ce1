#include "destinations/duckdb/snapshot_applier.h"

#include <arrow/record_batch.h>
#include <fmt/format.h>

#include "base/kill_point.h"
#include "destinations/duckdb/slice_sql.h"
#include "destinations/duckdb/slice_verdicts.h"

namespace lakeflow {

Result<ApplyCounts> SnapshotApplier::apply(const ChangeSlice& slice) {
  if (slice.rows->num_rows() == 0) return ApplyCounts{};
  LAKEFLOW_ASSIGN(const SliceSql sql, SliceSql::make(writer_.plan(), slice));
  Connection& connection = writer_.connection();
  LAKEFLOW_ASSIGN(const ScannableBatch keys, writer_.scanner().offer_numbered(slice.keys));
  LAKEFLOW_TRY(seen_.prepare(writer_, sql, keys));
  LAKEFLOW_ASSIGN(const TableKeys::Facts facts, writer_.keys().meet(connection, writer_.doing(), sql, writer_.table(), keys));
  if (!facts.may_be_in_table && !facts.repeats) {
    kill_point("apply.staged");
    LAKEFLOW_TRY(writer_.insert(slice.rows));
    LAKEFLOW_TRY(seen_.add(writer_, sql, keys.sql() + " s"));
    kill_point("apply.applied");
    ApplyCounts counts;
    counts.inserted = static_cast<std::uint64_t>(slice.rows->num_rows());
    return counts;
  }
  LAKEFLOW_ASSIGN(SliceVerdicts verdicts,
                  SliceVerdicts::stage(writer_, sql, slice, keys.sql(), static_cast<std::uint64_t>(slice.rows->num_rows()), facts.repeats));
  // A key that this snapshot brought before keeps the greater hash; what the table had before the snapshot has no say.
  LAKEFLOW_ASSIGN(const ApplyCounts counts, verdicts.carry_out(fmt::format(
                                                R"sql(
WITH matches AS MATERIALIZED (SELECT s."row", t.* FROM (SELECT {target_columns} FROM {table}) t JOIN lakeflow_slice s ON {keys_equal}),
     came_before AS MATERIALIZED (SELECT s."row" FROM lakeflow_slice s SEMI JOIN {seen} k ON {seen_equal})
SELECT s."row", t.target_row, k."row" IS NOT NULL AS came_before,
  CASE WHEN t.target_row IS NULL THEN 'inserted'
       WHEN t.content_hash = s.content_hash THEN 'unchanged'
       WHEN k."row" IS NOT NULL AND t.content_hash > s.content_hash THEN 'superseded'
       ELSE 'updated' END AS outcome
FROM lakeflow_slice s LEFT JOIN matches t ON s."row" = t."row" LEFT JOIN came_before k ON s."row" = k."row")sql",
                                                fmt::arg("target_columns", sql.target_columns()), fmt::arg("table", writer_.table()),
                                                fmt::arg("keys_equal", sql.keys_equal("s", "t")), fmt::arg("seen", seen_.table()),
                                                fmt::arg("seen_equal", sql.keys_equal("s", "k")))));
  LAKEFLOW_TRY(seen_.add(writer_, sql, R"(lakeflow_slice s JOIN lakeflow_verdicts v ON s."row" = v."row" WHERE NOT v.came_before)"));
  kill_point("apply.applied");
  return counts;
}

Result<ApplyCounts> SnapshotApplier::finish_snapshot(bool complete) {
  ApplyCounts counts;
  if (complete) {
    LAKEFLOW_ASSIGN(counts.absent, writer_.delete_rows(seen_.lacked_rows(writer_)));
  }
  LAKEFLOW_TRY(seen_.drop(writer_));
  return counts;
}

}  // namespace lakeflow
