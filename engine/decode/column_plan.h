#pragma once

#include <memory>
#include <vector>

#include <arrow/type_fwd.h>

#include "base/error.h"
#include "engine/decode/column.h"

namespace lakeflow {

// The schema, compiled: a tree of columns under a struct that stands for the record itself, and whose `elements` are the
// rows of the table.
struct ColumnPlan {
  std::unique_ptr<Column> root;         // its children: the schema's columns, then the members that are left out
  std::unique_ptr<Column> none;         // equals no member: stands where there is no successor to predict
  std::vector<Column*> record_columns;  // those that take the raw record
};

// A user error names the column that the decoder has no rule for.
Result<ColumnPlan> compile_columns(const arrow::Schema& schema);

}  // namespace lakeflow
