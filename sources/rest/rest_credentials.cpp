#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "libs/auth/base64.h"
#include "libs/auth/oauth_credentials.h"
#include "sources/rest/rest_options.h"

namespace lakeflow {
namespace {

// Which auth_type an option is for; options with a default are always there, and are not among them.
struct CredentialOption {
  std::string_view name;
  std::string_view auth_type;
};
constexpr std::array kCredentialOptions = {CredentialOption{"token", "bearer"},     CredentialOption{"api_key", "api_key"},
                                           CredentialOption{"username", "basic"},   CredentialOption{"password", "basic"},
                                           CredentialOption{"client_id", "oauth2"}, CredentialOption{"client_secret", "oauth2"},
                                           CredentialOption{"token_url", "oauth2"}, CredentialOption{"scope", "oauth2"}};

Status check_belonging(const Options& options, std::string_view type) {
  for (const CredentialOption& option : kCredentialOptions) {
    if (options.has(option.name) && option.auth_type != type) {
      return std::unexpected(Error::user(fmt::format("connection option {} is set, and auth_type {} does not use it", option.name, type),
                                         fmt::format("set auth_type to {}, or take {} out", option.auth_type, option.name)));
    }
  }
  return {};
}

// A line break would begin a header of its own.
Status check_printable(const Options& options) {
  for (const std::string_view name : {"token", "api_key", "api_key_header", "username", "password", "client_id", "client_secret", "scope"}) {
    if (std::ranges::any_of(options.text(name), [](unsigned char c) { return c < 0x20 || c == 0x7F; })) {
      return std::unexpected(
          Error::user(fmt::format("connection option {} has a line break or another control character in it", name), "store it without"));
    }
  }
  return {};
}

Result<std::string> required(const Options& options, std::string_view name, std::string_view type) {
  if (options.text(name).empty()) {
    return std::unexpected(Error::user(fmt::format("connection option {} is missing", name), fmt::format("auth_type {} needs it", type)));
  }
  return options.text(name);
}

Result<std::shared_ptr<Credentials>> parse_basic(const Options& options) {
  LAKEFLOW_ASSIGN(const std::string user, required(options, "username", "basic"));
  LAKEFLOW_ASSIGN(const std::string password, required(options, "password", "basic"));
  if (user.contains(':')) {
    return std::unexpected(Error::user("connection option username has a colon in it", "HTTP Basic can't send such a name"));
  }
  return fixed_credentials({"Authorization", "Basic " + base64(user + ":" + password)});
}

Result<std::shared_ptr<Credentials>> parse_oauth(const Options& options, const HttpClientOptions& http) {
  OAuthOptions oauth;
  oauth.http = http;
  oauth.scope = options.text("scope");
  LAKEFLOW_ASSIGN(oauth.token_url, required(options, "token_url", "oauth2"));
  if (const Result<Origin> origin = origin_of(oauth.token_url); !origin) {
    return std::unexpected(origin.error().at("connection option token_url"));
  }
  LAKEFLOW_ASSIGN(oauth.client_id, required(options, "client_id", "oauth2"));
  LAKEFLOW_ASSIGN(oauth.client_secret, required(options, "client_secret", "oauth2"));
  oauth.proof = options.text("client_auth_method") == "body" ? OAuthOptions::Proof::kSecretInBody : OAuthOptions::Proof::kSecretInHeader;
  return std::make_shared<OAuthCredentials>(std::move(oauth));
}

}  // namespace

Result<std::shared_ptr<Credentials>> parse_rest_credentials(const Options& options, const HttpClientOptions& http) {
  const std::string type = options.find("auth_type").value_or("none");
  LAKEFLOW_TRY(check_belonging(options, type));
  LAKEFLOW_TRY(check_printable(options));
  if (type == "bearer") {
    LAKEFLOW_ASSIGN(const std::string token, required(options, "token", type));
    return fixed_credentials(bearer_token(token));
  }
  if (type == "api_key") {
    LAKEFLOW_ASSIGN(std::string key, required(options, "api_key", type));
    return fixed_credentials({options.find("api_key_header").value_or("X-API-Key"), std::move(key)});
  }
  if (type == "basic") {
    return parse_basic(options);
  }
  if (type == "oauth2") {
    return parse_oauth(options, http);
  }
  return std::shared_ptr<Credentials>();
}

}  // namespace lakeflow
