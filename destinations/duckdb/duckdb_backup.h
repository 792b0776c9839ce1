#pragma once

#include <memory>
#include <string>

#include "base/error.h"
#include "destinations/duckdb/database_file.h"

namespace lakeflow {

// Copies all that is committed, as one transaction sees it, into a new file in the working folder, and gives its path. The copy holds what
// the file holds and no more: nothing of rows that were deleted.
Result<std::string> copy_database(const std::shared_ptr<DatabaseFile>& file);

// The copy takes the file's name, at once; the file itself is still open, and to be closed without being asked anything more.
Status put_in_place(const std::string& copy, const std::string& path);

// Destination::backup. The file gets its name when it is whole and synced.
Status back_up_database(const std::shared_ptr<DatabaseFile>& file, const std::string& path);

}  // namespace lakeflow
