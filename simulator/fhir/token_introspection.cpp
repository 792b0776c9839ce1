#include "simulator/fhir/token_introspection.h"

#include <algorithm>

#include <fmt/format.h>
#include <httplib.h>
#include <nlohmann/json.hpp>

#include "simulator/fhir/resource_types.h"

namespace lakeflow {
namespace {

using Json = nlohmann::json;

std::string text_of(const Json& document, const char* name) {
  return document.is_object() && document.contains(name) && document.at(name).is_string() ? document.at(name).get<std::string>() : std::string();
}

}  // namespace

Result<TokenIntrospection> TokenIntrospection::discover(std::string_view issuer, std::string_view client) {
  const std::size_t colon = client.find(':');
  if (colon == std::string_view::npos) {
    return std::unexpected(Error::user("the client that asks about tokens is not id:secret", "give --introspection-client id:secret"));
  }
  const std::size_t host = issuer.find("://");
  const std::size_t path = host == std::string_view::npos ? host : issuer.find('/', host + 3);
  TokenIntrospection made;
  made.origin_ = issuer.substr(0, path);
  made.client_id_ = client.substr(0, colon);
  made.client_secret_ = client.substr(colon + 1);
  httplib::Client http(made.origin_);
  const std::string base(path == std::string_view::npos ? std::string_view() : issuer.substr(path));
  const auto answer = http.Get((base.ends_with('/') ? base.substr(0, base.size() - 1) : base) + "/.well-known/openid-configuration");
  const Json document = answer ? Json::parse(answer->body, nullptr, false) : Json();
  const std::string introspection = text_of(document, "introspection_endpoint");
  made.token_endpoint_ = text_of(document, "token_endpoint");
  if (!introspection.starts_with(made.origin_ + "/") || made.token_endpoint_.empty()) {
    return std::unexpected(Error::user(fmt::format("{} names no token endpoint and introspection endpoint of its own", issuer),
                                       "give the issuer URL of an authorization server that runs"));
  }
  made.introspection_path_ = introspection.substr(made.origin_.size());
  return made;
}

std::optional<std::string> TokenIntrospection::scope_of(const std::string& token) const {
  httplib::Client http(origin_);
  http.set_basic_auth(client_id_, client_secret_);
  const auto answer = http.Post(introspection_path_, httplib::Params{{"token", token}});
  const Json document = answer && answer->status == 200 ? Json::parse(answer->body, nullptr, false) : Json();
  if (!document.is_object() || !document.contains("active") || document.at("active") != true) {
    return std::nullopt;
  }
  return text_of(document, "scope");
}

std::string TokenIntrospection::smart_configuration() const {
  return Json{{"token_endpoint", token_endpoint_},
              {"grant_types_supported", {"client_credentials"}},
              {"token_endpoint_auth_methods_supported", {"private_key_jwt", "client_secret_basic", "client_secret_post"}},
              {"token_endpoint_auth_signing_alg_values_supported", {"RS384", "ES384"}},
              {"capabilities", {"client-confidential-asymmetric", "permission-v2"}}}
      .dump();
}

bool scope_lets_read(std::string_view scope, std::string_view resource_type) {
  while (!scope.empty()) {
    const std::size_t end = std::min(scope.find(' '), scope.size());
    const std::string_view one = scope.substr(0, end);
    scope.remove_prefix(std::min(end + 1, scope.size()));
    const bool of_all = one == "system/*.rs" || one == "system/*.read";
    const bool of_any = one.starts_with("system/") && !is_fhir_resource_type(resource_type);
    if (of_all || of_any || one == fmt::format("system/{}.rs", resource_type) || one == fmt::format("system/{}.read", resource_type)) {
      return true;
    }
  }
  return false;
}

}  // namespace lakeflow
