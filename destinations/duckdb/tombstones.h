#pragma once

#include <cstdint>
#include <string>

#include "base/error.h"
#include "destinations/duckdb/slice_sql.h"
#include "destinations/duckdb/table_writer.h"

namespace lakeflow {

// What `_lakeflow.tombstones` remembers of one table's deletes, within the open transaction.
class Tombstones {
 public:
  explicit Tombstones(const TableWriter& writer);

  // Whether there are any. Asks the table once.
  Result<bool> any();

  // A SELECT of them (of nothing while there are none): tombstone_row, key (as SliceSql::keys_text), sequence_0 …, place.
  std::string select(const SliceSql& sql) const;

  // Adds one for each row of `from`, the text after FROM, in which `s` has a slice's columns. Returns how many.
  Result<std::uint64_t> add(const SliceSql& sql, const std::string& from);

 private:
  const TableWriter* writer_;
  bool looked_ = false;
  bool any_ = false;
};

}  // namespace lakeflow
