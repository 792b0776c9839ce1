#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace lakeflow {

// The target of rel="next" in a Link header (RFC 8288 §3); nothing where there is none.
std::optional<std::string> next_link(std::string_view header);

}  // namespace lakeflow
