#pragma once

#include <string>
#include <string_view>

#include "base/error.h"
#include "destinations/parquet/lake_content.h"

namespace lakeflow {

// The version of the log's files that this program writes. README.md documents them.
inline constexpr int kLakeVersion = 1;

// A commit as the log's files have it: one JSON object.
Result<std::string> to_json(const LakeCommit& commit);

// A destination error where the text is damaged, or of a newer version. `file` is for its message.
Result<LakeCommit> parse_commit(std::string_view json, std::string_view file);

}  // namespace lakeflow
