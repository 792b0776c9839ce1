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
//                      'updated', 'unchanged', 'gone': a delete of what is not there, 'superseded', 'deleted', 'reopened': updated by a version
//                      that stands), and what the rules of its mode need besides
class SliceVerdicts {
 public:
  // Fills lakeflow_slice from `keys`, which FROM can name and which has `rows` of the slice's rows. Where a key `repeats`, the rows
  // that lose to another of their key are superseded.
  static Result<SliceVerdicts> stage(TableWriter& writer, const SliceSql& sql, const ChangeSlice& slice, const std::string& keys, std::uint64_t rows,
                                     bool repeats);

  // Fills lakeflow_verdicts from a SELECT and counts. An error where the table has several rows of one key.
  Result<ApplyCounts> judge(const std::string& select);
  // Appends the slice's rows that are inserted or updated, of which there are so many. `start_at`: TableWriter::insert.
  Status insert_winners(std::uint64_t winners, const std::string& start_at = "");
  // Both, and between them deletes the table's rows that are updated or deleted.
  Result<ApplyCounts> carry_out(const std::string& select);

 private:
  SliceVerdicts(TableWriter& writer, const ChangeSlice& slice, std::uint64_t rows, std::uint64_t staged)
      : writer_(&writer), slice_(slice), rows_(rows), staged_(staged) {}

  TableWriter* writer_;
  ChangeSlice slice_;
  std::uint64_t rows_;
  std::uint64_t staged_;
};

}  // namespace lakeflow
