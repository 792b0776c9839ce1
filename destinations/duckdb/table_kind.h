#pragma once

#include "base/error.h"
#include "destinations/interface/apply_plan.h"
#include "destinations/sql/connection.h"

namespace lakeflow {

// A table tells by the framework's columns what it was written as: rows that append, one row a key, or versions. Where the plan wants
// another, a table with rows is refused with advice (a user error), and an empty one is dropped.
Status check_table_kind(Connection& connection, const ApplyPlan& plan);

}  // namespace lakeflow
