#pragma once

#include <string>
#include <string_view>

#include "base/error.h"
#include "destinations/sql/column_type.h"
#include "destinations/sql/connection.h"

namespace lakeflow {

// The columns of what a SELECT gives, as members of a struct. Reads no row.
Result<ColumnType> columns_of_rows(Connection& connection, std::string_view doing, const std::string& select);

}  // namespace lakeflow
