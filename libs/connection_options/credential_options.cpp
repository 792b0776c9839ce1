#include "libs/connection_options/credential_options.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "libs/auth/base64.h"
#include "libs/secrets/private_file.h"

namespace lakeflow {
namespace {

constexpr std::string_view kSmart = "smart_backend_services";

// Which auth_type an option is for; options with a default are always there, and are not among them.
struct CredentialOption {
  std::string_view name;
  std::array<std::string_view, 2> auth_types;
};
constexpr std::string_view kKeyInQuery = "api_key_in_query";
constexpr std::array kCredentialOptions = {
    CredentialOption{"token", {"bearer"}},
    CredentialOption{"api_key", {"api_key", kKeyInQuery}},
    CredentialOption{"username", {"basic"}},
    CredentialOption{"password", {"basic"}},
    CredentialOption{"client_id", {"oauth2", kSmart}},
    CredentialOption{"client_secret", {"oauth2"}},
    CredentialOption{"scope", {"oauth2", kSmart}},
    CredentialOption{"token_url", {"oauth2", kSmart}},
    CredentialOption{"private_key", {kSmart}},
    CredentialOption{"private_key_file", {kSmart}},
    CredentialOption{"key_id", {kSmart}},
};

Status check_belonging(const Options& options, std::string_view type, bool knows_smart) {
  for (const CredentialOption& option : kCredentialOptions) {
    if (!options.has(option.name) || std::ranges::find(option.auth_types, type) != option.auth_types.end()) {
      continue;
    }
    const std::string_view second = option.auth_types[1];
    const bool has_second = (second == kSmart && knows_smart) || (second == kKeyInQuery && options.has("api_key_parameter"));
    const std::string fitting = fmt::format("{}{}{}", option.auth_types[0], has_second ? " or " : "", has_second ? second : "");
    return std::unexpected(Error::user(fmt::format("connection option {} is set, and auth_type {} does not use it", option.name, type),
                                       fmt::format("set auth_type to {}, or take {} out", fitting, option.name)));
  }
  return {};
}

// A line break would begin a header of its own.
Status check_printable(const Options& options) {
  for (const std::string_view name :
       {"token", "api_key", "api_key_header", "api_key_parameter", "username", "password", "client_id", "client_secret", "scope"}) {
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

Result<ServerCredentials> parse_basic(const Options& options) {
  LAKEFLOW_ASSIGN(const std::string user, required(options, "username", "basic"));
  LAKEFLOW_ASSIGN(const std::string password, required(options, "password", "basic"));
  if (user.contains(':')) {
    return std::unexpected(Error::user("connection option username has a colon in it", "HTTP Basic can't send such a name"));
  }
  return ServerCredentials{fixed_credentials({"Authorization", "Basic " + base64(user + ":" + password)}), nullptr};
}

Result<SigningKey> parse_key(const Options& options) {
  const bool by_file = options.has("private_key_file");
  if (by_file == options.has("private_key")) {
    return std::unexpected(Error::user(by_file ? "private_key and private_key_file are both set" : "connection option private_key is missing",
                                       "set one of private_key (by a reference to a secret) and private_key_file"));
  }
  std::string text = options.text("private_key");
  if (by_file) {
    LAKEFLOW_ASSIGN(text, read_private_file(options.text("private_key_file"), "the private key"));
  }
  Result<SigningKey> key = SigningKey::parse(text, options.text("key_id"));
  if (!key) {
    return std::unexpected(key.error().at(by_file ? "connection option private_key_file" : "connection option private_key"));
  }
  return key;
}

Result<ServerCredentials> parse_oauth(const Options& options, const std::string& type, const HttpClientOptions& http,
                                      const std::string& smart_base_url) {
  OAuthOptions oauth;
  oauth.http = http;
  oauth.smart_base_url = smart_base_url;
  oauth.scope = options.text("scope");
  oauth.token_url = options.text("token_url");
  if (smart_base_url.empty()) {
    LAKEFLOW_ASSIGN(oauth.token_url, required(options, "token_url", type));
  }
  LAKEFLOW_ASSIGN(oauth.client_id, required(options, "client_id", type));
  if (!oauth.token_url.empty()) {
    if (const Result<Origin> origin = origin_of(oauth.token_url); !origin) {
      return std::unexpected(origin.error().at("connection option token_url"));
    }
  }
  if (type == kSmart) {
    oauth.proof = OAuthOptions::Proof::kSignature;
    LAKEFLOW_ASSIGN(oauth.key, parse_key(options));
  } else {
    oauth.proof = options.text("client_auth_method") == "body" ? OAuthOptions::Proof::kSecretInBody : OAuthOptions::Proof::kSecretInHeader;
    LAKEFLOW_ASSIGN(oauth.client_secret, required(options, "client_secret", type));
  }
  auto credentials = std::make_shared<OAuthCredentials>(std::move(oauth));
  return ServerCredentials{credentials, credentials};
}

}  // namespace

Result<ServerCredentials> read_credentials(const Options& options, const HttpClientOptions& http, const std::string& smart_base_url) {
  const std::string type = options.find("auth_type").value_or("none");
  LAKEFLOW_TRY(check_belonging(options, type, !smart_base_url.empty()));
  LAKEFLOW_TRY(check_printable(options));
  if (type == "bearer") {
    LAKEFLOW_ASSIGN(const std::string token, required(options, "token", type));
    return ServerCredentials{fixed_credentials(bearer_token(token)), nullptr};
  }
  if (type == "api_key") {
    LAKEFLOW_ASSIGN(std::string key, required(options, "api_key", type));
    return ServerCredentials{fixed_credentials({options.find("api_key_header").value_or("X-API-Key"), std::move(key)}), nullptr};
  }
  if (type == kKeyInQuery) {
    LAKEFLOW_ASSIGN(std::string parameter, required(options, "api_key_parameter", type));
    LAKEFLOW_ASSIGN(std::string key, required(options, "api_key", type));
    return ServerCredentials{fixed_credentials_in_query(std::move(parameter), std::move(key)), nullptr};
  }
  if (type == "basic") {
    return parse_basic(options);
  }
  if (type == "oauth2" || type == kSmart) {
    return parse_oauth(options, type, http, smart_base_url);
  }
  return ServerCredentials{};
}

}  // namespace lakeflow
