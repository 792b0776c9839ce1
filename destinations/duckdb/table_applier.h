#pragma once

#include <memory>

#include "base/error.h"
#include "destinations/duckdb/table_writer.h"
#include "destinations/interface/apply_plan.h"

namespace lakeflow {

// Executes a plan on one table within one transaction, and remembers what it learns of the table until that ends.
class TableApplier {
 public:
  virtual ~TableApplier() = default;
  virtual Result<ApplyCounts> apply(const ChangeSlice& slice) = 0;
  virtual Result<ApplyCounts> finish_snapshot(bool complete) = 0;
};

// Of the plan's mode and history. Temporary tables are named by `number`, which no other applier of the transaction has.
std::unique_ptr<TableApplier> make_table_applier(TableWriter writer, int number);

}  // namespace lakeflow
