#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/options.h"
#include "libs/http/http_client.h"

namespace lakeflow {

// What connectors to HTTP servers read alike out of a connection's options, under one name everywhere. Which of them a connector has, and with what
// default, its connector_spec.yaml says: where one is not there, what HttpClientOptions and RequestLimitOptions have holds. Errors are user errors
// that name the option.

// The URL of a server without a slash at its end; empty where there is none. A user error where it has a query or a fragment.
Result<std::string> read_base_url(const Options& options, std::string_view name);

// The origins of the servers of the connection, each once, and those of option allowed_origins. The first is the one whose address may be private.
Result<std::vector<Origin>> read_origins(const Options& options, const std::vector<std::string>& base_urls);

// How each server is reached, an authorization server too: allow_http, ca_file, client_cert_file, client_key_file, client_key_password, proxy,
// proxy_username, proxy_password, connect_timeout, first_byte_timeout, stall_timeout, request_timeout, retry_budget, max_page_bytes. The key's file
// is looked at: one that others may read is refused.
Status read_transport(const Options& options, HttpClientOptions& http);

// What all requests of the connection share: requests_per_second (else `requests_per_second`; 0: as many as there are) and retry_budget_per_hour.
Result<std::shared_ptr<RequestLimits>> read_limits(const Options& options, double requests_per_second = 0);

}  // namespace lakeflow
