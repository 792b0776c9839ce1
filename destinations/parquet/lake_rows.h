#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "destinations/parquet/lake_content.h"
#include "destinations/parquet/lake_folder.h"

namespace lakeflow {

// A table's rows out of its files, published and staged, as a SELECT of DuckDB.
std::string rows_sql(const LakeFolder& folder, const LakeTable& table);

// The same with the place of each row: the columns kFileColumn (the file's absolute path) and kRowColumn (its number in it, from 0).
inline constexpr std::string_view kFileColumn = "__lakeflow_file";
inline constexpr std::string_view kRowColumn = "file_row_number";
std::string placed_rows_sql(const LakeFolder& folder, const LakeTable& table);

// A path as read_parquet takes it: what would be a pattern stands for itself.
std::string as_pattern(const std::filesystem::path& path);

}  // namespace lakeflow
