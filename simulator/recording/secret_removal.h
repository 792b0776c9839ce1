#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "libs/http/http_header.h"
#include "simulator/recording/secret_values.h"

namespace lakeflow {

// Whether what bears this name is a secret: Authorization, Cookie, X-Api-Key, access_token, client_secret, password … Case, dashes and
// underscores aside. Tokens of pages (next_page_token, pageToken, continuation-token) are none.
bool bears_a_secret(std::string_view name);

// The secrets among headers, which stay as they are: tokens, the password of HTTP Basic, keys, each cookie.
void see_secrets(const std::vector<HttpHeader>& headers, SecretValues& seen);

// Each takes the values of such names away and leaves the names; `seen` is told of them.
void remove_secrets(std::vector<HttpHeader>& headers, SecretValues& seen);
void remove_secrets(nlohmann::ordered_json& document, SecretValues& seen);  // members at every depth
// Of a URL or a target, its query's, where also a key of another kind lets in (appid, subscription-key); "https://u:p@host" loses its user, too.
std::string remove_secrets_of_url(std::string_view url, SecretValues& seen);
// "name=value&…", as forms are sent.
std::string remove_secrets_of_form(std::string_view form, SecretValues& seen);
// Of a body of this type: JSON (also a document a line) and forms; another body as it is.
std::string remove_secrets_of_body(std::string_view content_type, std::string_view body, SecretValues& seen);

}  // namespace lakeflow
