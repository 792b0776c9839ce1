#include "sources/rest/rest_options.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "libs/connection_options/credential_options.h"
#include "libs/connection_options/transport_options.h"

namespace lakeflow {
namespace {

Result<TimestampMicros> read_span(const Options& options, std::string_view name) {
  LAKEFLOW_ASSIGN(const std::optional<double> seconds, options.duration_seconds(name));
  return static_cast<TimestampMicros>(std::max(seconds.value_or(0), 0.0) * 1e6);
}

}  // namespace

Result<RestServerOptions> RestServerOptions::parse(const Options& options) {
  RestServerOptions server;
  LAKEFLOW_ASSIGN(server.base_url, read_base_url(options, "base_url"));
  if (server.base_url.empty()) {
    return std::unexpected(Error::user("connection option base_url is missing", "give the base URL, such as https://api.example.org/v1"));
  }
  LAKEFLOW_ASSIGN(server.http.allowed_origins, read_origins(options, {server.base_url}));
  LAKEFLOW_TRY(read_transport(options, server.http));
  LAKEFLOW_ASSIGN(server.page_size, options.integer("page_size"));
  if (server.page_size.value_or(1) < 1) {
    return std::unexpected(Error::user("connection option page_size is not at least 1"));
  }
  LAKEFLOW_ASSIGN(server.look_back, read_span(options, "look_back"));
  LAKEFLOW_ASSIGN(server.lag, read_span(options, "lag"));
  LAKEFLOW_ASSIGN(ServerCredentials access, read_credentials(options, server.http));
  server.http.credentials = std::move(access.credentials);
  LAKEFLOW_ASSIGN(server.http.limits, read_limits(options));
  return server;
}

}  // namespace lakeflow
