#include "destinations/duckdb/snapshot_applier.h"

#include <arrow/record_batch.h>
#include <fmt/format.h>

#include "base/kill_point.h"
#include "destinations/duckdb/slice_sql.h"
#include "destinations/duckdb/slice_verdicts.h"
#include "destinations/sql/sql_text.h"

namespace lakeflow {

Result<ApplyCounts> SnapshotApplier::apply(const ChangeSlice& slice) {
  if (slice.rows->num_rows() == 0) return ApplyCounts{};
  LAKEFLOW_ASSIGN(const SliceSql sql, SliceSql::make(writer_.plan(), slice));
  Connection& connection = writer_.connection();
  LAKEFLOW_ASSIGN(const ScannableBatch keys, writer_.scanner().offer_numbered(slice.keys));
  if (!has_seen_) {
    LAKEFLOW_TRY(connection.execute(writer_.doing(),
                                    fmt::format("CREATE OR REPLACE TEMP TABLE {} AS SELECT {} FROM {} s LIMIT 0", seen_, sql.keys("s"), keys.sql())));
    has_seen_ = true;
  }
  LAKEFLOW_ASSIGN(const TableKeys::Facts facts, writer_.keys().meet(connection, writer_.doing(), sql, writer_.table(), keys));
  if (!facts.may_be_in_table && !facts.repeats) {
    kill_point("apply.staged");
    LAKEFLOW_TRY(writer_.insert(slice.rows));
    LAKEFLOW_TRY(connection.execute(writer_.doing(), fmt::format("INSERT INTO {} SELECT {} FROM {} s", seen_, sql.keys("s"), keys.sql())));
    kill_point("apply.applied");
    ApplyCounts counts;
    counts.inserted = static_cast<std::uint64_t>(slice.rows->num_rows());
    return counts;
  }
  LAKEFLOW_ASSIGN(SliceVerdicts verdicts, SliceVerdicts::stage(writer_, sql, slice, keys, facts.repeats));
  // A key that this snapshot brought before keeps the greater hash; what the table had before the snapshot has no say.
  LAKEFLOW_ASSIGN(const ApplyCounts counts,
                  verdicts.carry_out(fmt::format(
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
                      fmt::arg("keys_equal", sql.keys_equal("s", "t")), fmt::arg("seen", seen_), fmt::arg("seen_equal", sql.keys_equal("s", "k")))));
  LAKEFLOW_TRY(connection.execute(
      writer_.doing(),
      fmt::format(R"(INSERT INTO {} SELECT {} FROM lakeflow_slice s JOIN lakeflow_verdicts v ON s."row" = v."row" WHERE NOT v.came_before)", seen_,
                  sql.keys("s"))));
  kill_point("apply.applied");
  return counts;
}

Result<ApplyCounts> SnapshotApplier::finish_snapshot(bool complete) {
  ApplyCounts counts;
  Connection& connection = writer_.connection();
  if (complete) {
    std::string keys_equal;
    for (std::size_t i = 0; i < writer_.plan().key_columns.size(); ++i) {
      keys_equal += fmt::format("{}t.{} = k.key_{}", i == 0 ? "" : " AND ", quote_identifier(writer_.plan().key_columns[i]), i);
    }
    const std::string absent =
        has_seen_ ? fmt::format(" WHERE rowid IN (SELECT t.rowid FROM {} t ANTI JOIN {} k ON {})", writer_.table(), seen_, keys_equal) : "";
    LAKEFLOW_ASSIGN(counts.absent, connection.change(writer_.doing(), fmt::format("DELETE FROM {}{}", writer_.table(), absent)));
  }
  if (has_seen_) LAKEFLOW_TRY(connection.execute(writer_.doing(), "DROP TABLE temp." + seen_));
  has_seen_ = false;
  return counts;
}

}  // namespace lakeflow
