#pragma once

#include <string>

#include "base/error.h"
#include "destinations/duckdb/slice_sql.h"
#include "destinations/duckdb/table_writer.h"
#include "destinations/interface/apply_plan.h"

namespace lakeflow {

// A slice's narrow batch under judgement, in two temporary tables:
//   lakeflow_slice     the best row of each key: key_0 …, sequence_0 …, "delete", content_hash, "row"
//   lakeflow_verdicts  what becomes of each: "row", target_row (the row number in the table, or null), outcome ('inserted',
//                      'updated', 'unchanged', 'superseded', 'deleted'), and what the rules of its mode need besides
class SliceVerdicts {
 public:
  // Fills lakeflow_slice from `keys`. Where a key `repeats`, the rows that lose to another of their key are superseded.
  static Result<SliceVerdicts> stage(TableWriter& writer, const SliceSql& sql, const ChangeSlice& slice, const ScannableBatch& keys, bool repeats);

  // Fills lakeflow_verdicts from a SELECT, deletes the table's rows that are updated or deleted, appends the slice's that are
  // inserted or updated, and counts. An error where the table has several rows of one key.
  Result<ApplyCounts> carry_out(const std::string& select);

 private:
  SliceVerdicts(TableWriter& writer, const ChangeSlice& slice, std::uint64_t staged) : writer_(&writer), slice_(slice), staged_(staged) {}

  TableWriter* writer_;
  ChangeSlice slice_;
  std::uint64_t staged_;
};

}  // namespace lakeflow
