#pragma once

#include <string>

#include "base/error.h"

namespace lakeflow {

// After a power cut a write-ahead log may have the length of a write that was never synced, but not its bytes: they read as zeros. DuckDB
// takes them for damage and refuses the whole log, with all that was committed. This cuts them off. An entry begins with its length, which is
// never zero, so no entry is cut. Anything else that may be wrong with the log is left for DuckDB to find, as is one that may not be written.
// For who holds the lock on the database file.
Status cut_unsynced_end(const std::string& log_path);

}  // namespace lakeflow
