#pragma once

#include "base/error.h"
#include "destinations/sql/connection.h"

namespace lakeflow {

// The version of the schema `_lakeflow` that this program writes. docs/state.md documents its tables.
inline constexpr int kLakeflowSchemaVersion = 4;

// Creates `_lakeflow` where the file has none, moves one of an older version forward (in one transaction; what it holds stays), both where
// the file may be written; true where it is there now. One of a newer version is a destination error that says so: nothing was changed.
Result<bool> ensure_lakeflow_schema(Connection& connection);

}  // namespace lakeflow
