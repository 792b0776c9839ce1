#include "destinations/duckdb/slice_verdicts.h"

#include <arrow/record_batch.h>
#include <fmt/format.h>

#include <optional>
#include <utility>
#include <vector>

#include "base/kill_point.h"

namespace lakeflow {

Result<SliceVerdicts> SliceVerdicts::stage(TableWriter& writer, const SliceSql& sql, const ChangeSlice& slice, const std::string& keys,
                                           std::uint64_t rows, bool repeats) {
  // Sorting costs more than all the rest here, and most slices have each key once.
  const std::string best_of_each =
      repeats ? fmt::format("QUALIFY row_number() OVER (PARTITION BY {} ORDER BY {}) = 1", sql.keys("s"), sql.best_first()) : "";
  LAKEFLOW_TRY(writer.connection().execute(writer.doing(),
                                           fmt::format("CREATE OR REPLACE TEMP TABLE lakeflow_slice AS SELECT * FROM {} s {}", keys, best_of_each)));
  std::uint64_t staged = rows;
  if (repeats) {
    LAKEFLOW_ASSIGN(const std::int64_t counted, writer.connection().integer(writer.doing(), "SELECT count(*) FROM lakeflow_slice"));
    staged = static_cast<std::uint64_t>(counted);
  }
  kill_point("apply.staged");
  return SliceVerdicts(writer, slice, rows, staged);
}

Result<ApplyCounts> SliceVerdicts::judge(const std::string& select) {
  Connection& connection = writer_->connection();
  LAKEFLOW_TRY(connection.execute(writer_->doing(), "CREATE OR REPLACE TEMP TABLE lakeflow_verdicts AS " + select));
  ApplyCounts counts;
  counts.superseded = rows_ - staged_;
  LAKEFLOW_ASSIGN(ResultRows outcomes, connection.query(writer_->doing(), "SELECT outcome, count(*) FROM lakeflow_verdicts GROUP BY outcome"));
  while (outcomes.next_chunk()) {
    for (std::size_t i = 0; i < outcomes.chunk_rows(); ++i) {
      const std::string_view outcome = outcomes.bytes(0, i);
      const auto rows = static_cast<std::uint64_t>(outcomes.integer(1, i));
      if (outcome == "inserted") counts.inserted += rows;
      if (outcome == "updated" || outcome == "reopened") counts.updated += rows;
      if (outcome == "reopened") counts.merged += static_cast<std::int64_t>(rows);
      if (outcome == "unchanged" || outcome == "gone") counts.unchanged += rows;
      if (outcome == "gone") counts.already_gone += rows;
      if (outcome == "superseded") counts.superseded += rows;
      if (outcome == "deleted") counts.deleted += rows;
    }
  }
  if (counts.rows() != rows_) {
    return std::unexpected(
        Error::destination(fmt::format("table {} has several rows of one key", writer_->plan().target.text()),
                           "It was written by another program or in another mode: ingest it anew with --full-refresh, or into another table"));
  }
  return counts;
}

Result<ApplyCounts> SliceVerdicts::carry_out(const std::string& select) {
  LAKEFLOW_ASSIGN(const ApplyCounts counts, judge(select));
  if (counts.updated + counts.deleted > 0) {
    LAKEFLOW_TRY(writer_->delete_rows("SELECT target_row FROM lakeflow_verdicts WHERE outcome IN ('updated', 'deleted')"));
  }
  LAKEFLOW_TRY(insert_winners(counts.inserted + counts.updated));
  return counts;
}

Status SliceVerdicts::insert_winners(std::uint64_t winners, const std::string& start_at) {
  std::optional<std::vector<std::uint32_t>> chosen;
  if (winners < static_cast<std::uint64_t>(slice_.rows->num_rows())) {
    chosen.emplace();
    chosen->reserve(winners);
    LAKEFLOW_ASSIGN(ResultRows rows,
                    writer_->connection().query(writer_->doing(),
                                                R"(SELECT "row" FROM lakeflow_verdicts WHERE outcome IN ('inserted', 'updated') ORDER BY "row")"));
    while (rows.next_chunk()) {
      for (std::size_t i = 0; i < rows.chunk_rows(); ++i) chosen->push_back(static_cast<std::uint32_t>(rows.integer(0, i)));
    }
  }
  return writer_->insert(slice_.rows, std::move(chosen), start_at);
}

}  // namespace lakeflow
