#pragma once

#include <filesystem>

#include "base/error.h"
#include "destinations/parquet/lake.h"

namespace lakeflow {

// Destination::backup: a lake of its own, with the files of the last commit and one checkpoint for a log. Its folder gets its name when it is
// whole and synced. A user error where something is there already.
Status back_up_lake(const Lake& lake, const std::filesystem::path& path);

}  // namespace lakeflow
