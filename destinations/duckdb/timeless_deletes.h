#pragma once

#include <cstdint>
#include <string>

#include "base/error.h"
#include "destinations/duckdb/slice_sql.h"
#include "destinations/duckdb/table_writer.h"
#include "destinations/duckdb/tombstones.h"

namespace lakeflow {

// A slice's narrow batch whose deletes without a time have the place of what they delete (apply_plan.h).
struct PlacedSlice {
  std::string from;             // for a FROM clause: the batch's columns
  std::uint64_t pointless = 0;  // deletes that delete nothing, and are not among these rows
};

// Of the batch in `from`, into a temporary table.
Result<PlacedSlice> place_timeless_deletes(const TableWriter& writer, const SliceSql& sql, Tombstones& tombstones, const std::string& from);

}  // namespace lakeflow
