#include "tools/lakeflow/live_connection.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "libs/connection_options/credential_options.h"
#include "libs/connection_options/transport_options.h"
#include "tools/lakeflow/pipeline_session.h"

namespace lakeflow {
namespace {

// What connectors call the base URL of their server.
constexpr std::string_view kBaseUrl = "base_url";
constexpr std::string_view kFhirBaseUrl = "fhir_base_url";

// The URLs of the servers that the connection sends its credentials to.
std::vector<std::string> servers_of(const SourceFactory& source) {
  std::vector<std::string> urls;
  for (const OptionSpec& option : source.connector->spec.connection_options) {
    const bool is_of_a_server = option.type == OptionType::kUrl && option.name.ends_with("_url") && option.name != "token_url";
    if (is_of_a_server && source.options.has(option.name)) {
      urls.push_back(source.options.text(option.name));
    }
  }
  return urls;
}

Result<LiveConnection> as_pipeline_has_it(const Arguments& arguments, const Session& session) {
  LAKEFLOW_ASSIGN(const Pipeline pipeline, open_pipeline(arguments, session));
  LAKEFLOW_ASSIGN(const SourceFactory source, source_factory(pipeline, arguments, session));
  const Options& options = source.options;
  LiveConnection live{.url = arguments.find("live").value_or(options.text(options.has(kBaseUrl) ? kBaseUrl : kFhirBaseUrl)), .http = {}};
  if (live.url.empty()) {
    return std::unexpected(
        Error::user(fmt::format("the connection of {} has no URL of a server", arguments.text("pipeline")), "name it with --live"));
  }
  LAKEFLOW_TRY(read_transport(options, live.http));
  LAKEFLOW_ASSIGN(live.http.allowed_origins, read_origins(options, servers_of(source)));
  LAKEFLOW_ASSIGN(live.http.limits, read_limits(options));
  LAKEFLOW_ASSIGN(ServerCredentials access, read_credentials(options, live.http, options.text(kFhirBaseUrl)));
  live.http.credentials = std::move(access.credentials);
  LAKEFLOW_ASSIGN(const Origin origin, origin_of(live.url));
  if (live.http.credentials != nullptr && std::ranges::find(live.http.allowed_origins, origin) == live.http.allowed_origins.end()) {
    return std::unexpected(Error::user(fmt::format("the credentials of {} are not for {}", arguments.text("pipeline"), origin.text()),
                                       "leave --live away for the connection's own URL, or name the origin among its allowed_origins"));
  }
  return live;
}

}  // namespace

Result<LiveConnection> live_connection(const Arguments& arguments, const Session& session) {
  LiveConnection live{.url = arguments.text("live"), .http = {}};
  if (arguments.find("pipeline")) {
    LAKEFLOW_ASSIGN(live, as_pipeline_has_it(arguments, session));
  } else if (live.url.empty()) {
    return std::unexpected(Error::user("--live is missing", "name the source's URL, or a pipeline whose connection reaches it: --pipeline FILE"));
  }
  live.http.allow_http = live.http.allow_http || arguments.flag("allow-http");
  live.http.ca_file = arguments.find("ca-file").value_or(live.http.ca_file);
  return live;
}

}  // namespace lakeflow
