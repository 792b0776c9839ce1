#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "base/error.h"
#include "destinations/interface/apply_plan.h"
#include "destinations/sql/connection.h"

namespace lakeflow {

// A user error where DuckDB can't hold the plan's columns, or has no name for them: names are equal but for their case there.
Status check_columns(const ApplyPlan& plan);

// Transaction::prepare_table. A field's metadata "lakeflow.description" becomes the column's comment.
// `widest_plain_table` as in DuckDbOptions.
Result<std::vector<std::string>> prepare_columns(Connection& connection, const ApplyPlan& plan, std::size_t widest_plain_table);

}  // namespace lakeflow
