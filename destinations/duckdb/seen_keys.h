#pragma once

#include <string>

#include "base/error.h"
#include "destinations/duckdb/batch_scan.h"
#include "destinations/duckdb/slice_sql.h"
#include "destinations/duckdb/table_writer.h"

namespace lakeflow {

// The keys that a snapshot brought so far, in a temporary table, which goes to disk where memory does not suffice.
class SeenKeys {
 public:
  // `number`: no other table of the transaction has it.
  explicit SeenKeys(int number) : table_("lakeflow_seen_" + std::to_string(number)) {}

  // Before the first use of the others in a snapshot: creates the table, with the types of the slice's keys.
  Status prepare(const TableWriter& writer, const SliceSql& sql, const ScannableBatch& keys);
  // Adds the keys of `from`, the text after FROM, in which `s` has a slice's columns.
  Status add(const TableWriter& writer, const SliceSql& sql, const std::string& from);
  // A SELECT of the numbers of the writer's rows whose keys the snapshot did not bring.
  std::string lacked_rows(const TableWriter& writer) const;
  Status drop(const TableWriter& writer);

  const std::string& table() const { return table_; }

 private:
  std::string table_;
  bool is_there_ = false;
};

}  // namespace lakeflow
