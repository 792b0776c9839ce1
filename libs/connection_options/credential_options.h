#pragma once

#include <memory>
#include <string>

#include "base/error.h"
#include "base/options.h"
#include "libs/auth/oauth_credentials.h"
#include "libs/http/http_client.h"

namespace lakeflow {

// How a server is asked to let a connection in.
struct ServerCredentials {
  std::shared_ptr<Credentials> credentials;  // null: auth_type none
  std::shared_ptr<OAuthCredentials> oauth;   // the same, where they are tokens that are asked for
};

// Reads auth_type and what belongs to it: none, bearer (token), basic (username, password), api_key (api_key, api_key_header),
// api_key_in_query (api_key, api_key_parameter), oauth2 (client_id, client_secret, client_auth_method, token_url, scope) and smart_backend_services
// (client_id, private_key or private_key_file, key_id, token_url, scope). Which of them a connector has is what its connector_spec.yaml lets through.
//
// `http` says how servers are reached, the authorization server too. `smart_base_url`: the base of a FHIR server, which may tell where tokens are had
// and take a private key; empty for any other server, whose token_url has to be given. A user error where an option is missing, is set and not used
// by auth_type, or is no key; files of keys are read here.
Result<ServerCredentials> read_credentials(const Options& options, const HttpClientOptions& http, const std::string& smart_base_url = {});

}  // namespace lakeflow
