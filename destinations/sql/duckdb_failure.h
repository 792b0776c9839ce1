#pragma once

#include <string>
#include <string_view>

#include "base/error.h"

namespace lakeflow {

// What DuckDB says when something fails, as an error of ours. Its messages are for people and have no codes, so the
// cases that need an advice of their own are told by the words in them (DuckDB 1.4).

// Opening `path` failed: locked (with the process, where DuckDB names it), no database, of a newer format, damaged, damaged
// log, no rights, no room.
Error opening_failure(std::string_view path, std::string_view message);

// Anything later: `doing` is "writing to bronze.Patient".
Error working_failure(std::string_view path, std::string_view doing, std::string_view message);

// A query that the user wrote: a user error where the SQL is wrong, else as working_failure.
Error query_failure(std::string_view path, std::string_view message);

// The message without what could be a value of a row. Messages about names, syntax, files and memory are kept; of all
// others (conversions, ranges, constraints …) only their kind is.
std::string withhold_values(std::string_view message);

}  // namespace lakeflow
