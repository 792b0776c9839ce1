#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace lakeflow {

// The scopes of the first list (separated by blanks, RFC 6749 §3.3) that are not in the second.
std::vector<std::string> scopes_missing(std::string_view asked, std::string_view granted);

}  // namespace lakeflow
