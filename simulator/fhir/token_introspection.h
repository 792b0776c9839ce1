#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"

namespace lakeflow {

// An authorization server that says whether a token is good (RFC 7662). Thread-safe.
class TokenIntrospection {
 public:
  // Asks {issuer}/.well-known/openid-configuration for its endpoints. `client` is "id:secret". A user error where there is no such server.
  static Result<TokenIntrospection> discover(std::string_view issuer, std::string_view client);

  // The scope of a token that is active now, perhaps empty; nothing of any other.
  std::optional<std::string> scope_of(const std::string& token) const;

  // What a FHIR server that takes its tokens says at /.well-known/smart-configuration.
  std::string smart_configuration() const;

 private:
  std::string origin_;
  std::string introspection_path_;
  std::string token_endpoint_;
  std::string client_id_;
  std::string client_secret_;
};

// Whether a scope (system/Patient.rs, system/*.read …) lets resources of the type be read and searched; of what is no type (a transaction) that it
// has any such scope.
bool scope_lets_read(std::string_view scope, std::string_view resource_type);

}  // namespace lakeflow
