#pragma once

#include <memory>
#include <stop_token>
#include <string_view>

#include "base/error.h"
#include "destinations/sql/database.h"

namespace arrow {
class RecordBatchReader;
}

namespace lakeflow {

// Runs one SELECT on a connection of its own, in a read-only transaction, and gives its rows as they come. It sees what was
// committed when it began. The reader is one thread's; a stop, from any thread, makes it fail.
Result<std::shared_ptr<arrow::RecordBatchReader>> open_query(std::shared_ptr<Database> database, std::string_view sql, std::stop_token stop);

}  // namespace lakeflow
