#pragma once

#include <memory>
#include <string>

#include "base/error.h"
#include "destinations/interface/apply_plan.h"
#include "destinations/sql/column_type.h"
#include "destinations/sql/connection.h"

namespace arrow {
class Schema;
}

namespace lakeflow {

// The rows of a table that is a view (stored_table.h), within one transaction: the columns that they lie in come into being when a slice
// first needs them.
class NarrowRows {
 public:
  // The table must be there. `connection` outlives it.
  static Result<NarrowRows> open(Connection& connection, const TableName& table);

  // The slice with the columns that are stored, after those that it needs and that were not there were added, and the view was renewed.
  Result<ChangeSlice> fit(const ChangeSlice& slice);

  // Rows that were committed before were deleted or updated in this transaction. DuckDB does not commit that where the table gets a column
  // after it: then the rows are copied into a table of the new shape, which takes the name.
  void note_change() { has_changes_ = true; }

  // The view's columns were changed, and maybe those that are stored.
  Status look_again();

 private:
  NarrowRows(Connection& connection, const TableName& table);

  Status grow(const ColumnType& needed);

  Connection* connection_;
  TableName table_;
  std::string rows_;   // quoted
  std::string doing_;  // for errors
  ColumnType declared_;
  ColumnType stored_;
  bool has_changes_ = false;
  // The slices' schema, and what of it is stored.
  std::shared_ptr<arrow::Schema> whole_;
  std::shared_ptr<arrow::Schema> part_;
};

// Creates the table as a view, with the columns of the plan that are kept whatever the rows have.
Status create_view(Connection& connection, const std::string& doing, const ApplyPlan& plan, const ColumnType& declared);

// Makes it again where another hand dropped the view and left the rows: with the columns that these have.
Status bring_back_view(Connection& connection, const std::string& doing, const TableName& table);

// Brings the view from the columns that it has to those, grown; and what is stored along with them.
Status grow_view(Connection& connection, const std::string& doing, const ApplyPlan& plan, const ColumnType& existing, const ColumnType& grown);

}  // namespace lakeflow
