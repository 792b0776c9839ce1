#pragma once

#include <string>
#include <string_view>

namespace lakeflow {

// Appends the text as a JSON string, quotes included. Bytes that are not UTF-8 become U+FFFD, as JSON
// has no place for them; callers that must keep such bytes keep them elsewhere.
void append_json_string(std::string& out, std::string_view text);

}  // namespace lakeflow
