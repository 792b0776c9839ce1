#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "base/error.h"

namespace lakeflow {

// The text of a file that holds secrets (a private key, say), of at most 1 MB. A user error, which holds nothing of it, where it can't be read
// or is not the user's (or root's) alone. `what` names it: "the file of secrets".
Result<std::string> read_private_file(const std::filesystem::path& file, std::string_view what);

}  // namespace lakeflow
