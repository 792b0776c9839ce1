#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "libs/http/http_header.h"

namespace lakeflow {

// What stands where a secret stood.
inline constexpr std::string_view kRemoved = "removed";

// Whether what bears this name is a secret: Authorization, Cookie, X-Api-Key, access_token, client_secret, password … Case, dashes and
// underscores aside. Tokens of pages (next_page_token, pageToken, continuation-token) are none.
bool bears_a_secret(std::string_view name);

// Each takes the values of such names away and leaves the names.
void remove_secrets(std::vector<HttpHeader>& headers);
void remove_secrets(nlohmann::ordered_json& document);  // members at every depth
// Of a URL or a target, its query's, where also a key of another kind lets in (appid, subscription-key); "https://u:p@host" loses its user, too.
std::string remove_secrets_of_url(std::string_view url);
// "name=value&…", as forms are sent.
std::string remove_secrets_of_form(std::string_view form);
// Of a body of this type: JSON (also a document a line) and forms; another body as it is.
std::string remove_secrets_of_body(std::string_view content_type, std::string_view body);

}  // namespace lakeflow
