#pragma once

#include <string>
#include <string_view>

namespace lakeflow {

// The text with `to` for each base URL `from` that stands in it as one: what follows ends it or goes on behind a slash, a question mark or a hash.
// Also where its slashes are escaped, as JSON may have them ("https:\/\/…").
std::string with_other_base(std::string_view text, std::string_view from, std::string_view to);

}  // namespace lakeflow
