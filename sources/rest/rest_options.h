#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/error.h"
#include "base/options.h"
#include "libs/http/http_client.h"

namespace lakeflow {

// The options of a connection that every connector to a REST API has, as `include: [rest]` of its connector_spec.yaml takes them in:
// rest_options.yaml.
std::string rest_options();

// How a server is reached, from such options. Clients that are made of it share the limits and the credentials.
struct RestServerOptions {
  std::string base_url;  // without a slash at its end
  HttpClientOptions http;
  std::optional<std::int64_t> page_size;
  TimestampMicros look_back = 0;
  TimestampMicros lag = 0;

  // Options checked against the spec. A user error that names the option where something is missing or can't be.
  static Result<RestServerOptions> parse(const Options& connection_options);
};

}  // namespace lakeflow
