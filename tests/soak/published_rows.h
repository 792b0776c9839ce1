#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/error.h"

namespace lakeflow::test {

// What somebody reads who knows nothing of the lake but the folder of a table: each row of its Parquet files as JSON, without
// `but_column`, sorted. An error where a file can't be read.
Result<std::vector<std::string>> published_rows(const std::filesystem::path& table_folder, const std::string& but_column);

}  // namespace lakeflow::test
