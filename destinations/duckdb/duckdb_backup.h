#pragma once

#include <memory>
#include <string>

#include "base/error.h"
#include "destinations/duckdb/database_file.h"

namespace lakeflow {

// Destination::backup: copies what is committed into a new file, as one transaction sees it, for its owner alone. The file gets its name
// when it is whole and synced.
Status back_up_database(const std::shared_ptr<DatabaseFile>& file, const std::string& path);

}  // namespace lakeflow
