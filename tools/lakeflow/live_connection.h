#pragma once

#include <string>

#include "base/error.h"
#include "libs/http/http_client.h"
#include "tools/lakeflow/command.h"

namespace lakeflow {

// A source that a command asks by itself, without its connector.
struct LiveConnection {
  std::string url;
  HttpClientOptions http;  // how it is reached, with what lets requests in
};

// As --pipeline has it: its connection's URL, transport, limits and credentials, secrets from where pipelines have them; --live names another URL
// below an origin of the connection, --allow-http and --ca-file go before its own. Without --pipeline there are no credentials, and --live must be
// there. A user error where the connection is none over HTTP, or its credentials are for other servers than --live.
Result<LiveConnection> live_connection(const Arguments& arguments, const Session& session);

}  // namespace lakeflow
