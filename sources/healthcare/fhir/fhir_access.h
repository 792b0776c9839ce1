#pragma once

#include <memory>
#include <string>

#include "base/error.h"
#include "base/options.h"
#include "libs/auth/oauth_credentials.h"
#include "libs/http/http_client.h"

namespace lakeflow {

// How a FHIR server is asked to let this connection in.
struct FhirAccess {
  std::shared_ptr<Credentials> credentials;  // null: auth_type none
  std::shared_ptr<OAuthCredentials> oauth;   // the same, where they are tokens that are asked for
};

// Reads auth_type and what belongs to it. `http` says how servers are reached, the authorization server too. A user error where something is
// missing, makes no sense with auth_type, or is no key; files of keys are read here.
Result<FhirAccess> parse_fhir_access(const Options& options, const std::string& base_url, const HttpClientOptions& http);

}  // namespace lakeflow
