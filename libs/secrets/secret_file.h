#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"

namespace lakeflow {

// The value of scope: {key: value} in a YAML file; nothing where the file has none, or is not there and need not be.
// A user error where the file is not the user's (or root's) alone, or no such YAML; it never holds what stands in the file.
Result<std::optional<std::string>> find_in_secret_file(const std::filesystem::path& file, bool required, std::string_view scope,
                                                       std::string_view key);

}  // namespace lakeflow
