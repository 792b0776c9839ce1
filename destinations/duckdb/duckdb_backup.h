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

// Puts a backup in the place of the DuckDB file at `path`, which is kept beside it as <path>.before_restore, log included. Nobody may have
// it open. At whatever instant this ends, one of the two is there whole.
Status restore_duckdb(const std::string& path, const std::string& backup);

}  // namespace lakeflow
