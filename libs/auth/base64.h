#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace lakeflow {

// RFC 4648 §4, with padding: what HTTP Basic takes.
std::string base64(std::string_view bytes);

// RFC 4648 §5, without padding: what JSON Web Tokens and Keys take (RFC 7515 §2).
std::string base64url(std::string_view bytes);
// Nothing where the text is none.
std::optional<std::string> parse_base64url(std::string_view text);

}  // namespace lakeflow
