#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "libs/http/url.h"

namespace lakeflow {

// Which proxy requests go through.
struct ProxyOptions {
  // "environment": https_proxy or HTTPS_PROXY for https, http_proxy for http, else all_proxy or ALL_PROXY, but for the hosts of no_proxy or NO_PROXY
  // (names with all below them, addresses, or * for all; separated by commas). "none": no proxy, whatever the environment says. Else its URL,
  // http:// or https://, for every host. This machine itself is never asked through a proxy.
  std::string proxy = "environment";
  std::string username;
  std::string password;

  // A user error where `proxy` is none of these, or holds a user and password.
  Status check() const;
};

using EnvironmentLookup = std::function<std::optional<std::string>(const std::string& name)>;

// The proxy's URL; empty where the origin is asked directly. The environment's may hold user and password.
std::string proxy_for(const Origin& origin, const ProxyOptions& options, const EnvironmentLookup& environment);
std::string proxy_for(const Origin& origin, const ProxyOptions& options);  // by the process's environment

}  // namespace lakeflow
