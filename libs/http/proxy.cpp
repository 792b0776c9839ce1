#include "libs/http/proxy.h"

#include <algorithm>
#include <cstdlib>

#include <fmt/format.h>

#include "base/redaction.h"

namespace lakeflow {
namespace {

std::string first_of(std::initializer_list<const char*> names, const EnvironmentLookup& environment) {
  for (const char* name : names) {
    if (const std::optional<std::string> value = environment(name); value && !value->empty()) {
      return *value;
    }
  }
  return {};
}

std::string lower(std::string_view text) {
  std::string low(text);
  std::ranges::transform(low, low.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return low;
}

bool is_excepted(const Origin& origin, std::string_view exceptions) {
  while (!exceptions.empty()) {
    const std::size_t end = std::min(exceptions.find_first_of(", "), exceptions.size());
    std::string name = lower(exceptions.substr(0, end));
    exceptions.remove_prefix(std::min(end + 1, exceptions.size()));
    if (name == "*") {
      return true;
    }
    name.erase(0, std::min(name.find_first_not_of('.'), name.size()));
    if (const std::size_t port = name.find(':'); port != std::string::npos && name.find(':', port + 1) == std::string::npos) {
      if (name.substr(port + 1) != origin.port) {
        continue;
      }
      name.resize(port);
    }
    if (!name.empty() && (origin.host == name || origin.host == "[" + name + "]" || origin.host.ends_with("." + name))) {
      return true;
    }
  }
  return false;
}

}  // namespace

Status ProxyOptions::check() const {
  if (proxy == "environment" || proxy == "none") {
    return {};
  }
  if (const Result<Origin> origin = origin_of(proxy); !origin) {
    return std::unexpected(
        Error::user("the proxy is neither environment nor none nor an http:// or https:// URL", "write it as http://proxy.example.org:3128"));
  }
  if (proxy.contains('@')) {
    return std::unexpected(
        Error::user("the proxy's URL holds a user and a password", "set proxy_username, and proxy_password by a reference to a secret"));
  }
  return {};
}

std::string proxy_for(const Origin& origin, const ProxyOptions& options, const EnvironmentLookup& environment) {
  if (options.proxy == "none" || is_loopback_host(origin.host)) {
    return {};
  }
  if (options.proxy != "environment") {
    return options.proxy;
  }
  if (is_excepted(origin, first_of({"no_proxy", "NO_PROXY"}, environment))) {
    return {};
  }
  // HTTP_PROXY in capitals is what a CGI program's client may set: nobody reads it.
  const std::string own = origin.scheme == "https" ? first_of({"https_proxy", "HTTPS_PROXY"}, environment) : first_of({"http_proxy"}, environment);
  return own.empty() ? first_of({"all_proxy", "ALL_PROXY"}, environment) : own;
}

std::string proxy_for(const Origin& origin, const ProxyOptions& options) {
  return proxy_for(origin, options, [](const std::string& name) {
    const char* const value = std::getenv(name.c_str());
    return value == nullptr ? std::nullopt : std::optional<std::string>(value);
  });
}

}  // namespace lakeflow
