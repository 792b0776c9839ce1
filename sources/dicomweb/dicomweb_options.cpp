#include "sources/dicomweb/dicomweb_options.h"

#include <algorithm>
#include <array>
#include <memory>
#include <utility>

#include <fmt/format.h>

#include "libs/auth/base64.h"

namespace lakeflow {
namespace {

constexpr std::int64_t kMostRecordsOfPage = 10'000;

Result<std::string> read_url(const Options& options, std::string_view name) {
  std::string url = options.text(name);
  while (url.ends_with('/')) {
    url.pop_back();
  }
  if (url.find_first_of("?#") != std::string::npos) {
    return std::unexpected(Error::user(fmt::format("connection option {} has a query or a fragment", name), "give the address before them"));
  }
  return url;
}

Result<std::string> required(const Options& options, std::string_view name) {
  const std::string value = options.text(name);
  if (value.empty()) {
    return std::unexpected(
        Error::user(fmt::format("connection option {} is missing", name), fmt::format("auth_type {} needs it", options.text("auth_type"))));
  }
  // A line break would begin a header of its own.
  if (std::ranges::any_of(value, [](unsigned char c) { return c < 0x20 || c == 0x7F; })) {
    return std::unexpected(
        Error::user(fmt::format("connection option {} has a line break or another control character in it", name), "store it without"));
  }
  return value;
}

Result<std::shared_ptr<Credentials>> read_credentials(const Options& options) {
  const std::string type = options.text("auth_type");
  constexpr std::array<std::pair<std::string_view, std::string_view>, 3> kBelongsTo = {
      {{"username", "basic"}, {"password", "basic"}, {"token", "bearer"}}};
  for (const auto& [name, needed] : kBelongsTo) {
    if (options.has(name) && type != needed) {
      return std::unexpected(Error::user(fmt::format("connection option {} is set, and auth_type {} does not use it", name, type),
                                         fmt::format("set auth_type to {}, or take {} out", needed, name)));
    }
  }
  if (type == "basic") {
    LAKEFLOW_ASSIGN(const std::string user, required(options, "username"));
    LAKEFLOW_ASSIGN(const std::string password, required(options, "password"));
    if (user.contains(':')) {
      return std::unexpected(Error::user("connection option username has a colon in it", "HTTP Basic can't send such a name"));
    }
    return fixed_credentials({"Authorization", "Basic " + base64(user + ":" + password)});
  }
  if (type == "bearer") {
    LAKEFLOW_ASSIGN(const std::string token, required(options, "token"));
    return fixed_credentials(bearer_token(token));
  }
  return nullptr;
}

Status read_transport(const Options& options, HttpClientOptions& http) {
  LAKEFLOW_ASSIGN(const std::optional<bool> allow_http, options.boolean("allow_http"));
  http.allow_http = allow_http.value_or(false);
  http.ca_file = options.text("ca_file");
  LAKEFLOW_ASSIGN(const std::optional<double> timeout, options.duration_seconds("request_timeout"));
  LAKEFLOW_ASSIGN(const std::optional<double> budget, options.duration_seconds("retry_budget"));
  http.request_timeout = timeout.value_or(http.request_timeout);
  http.first_byte_timeout = http.request_timeout;
  http.retry.budget = budget.value_or(http.retry.budget);
  if (http.request_timeout <= 0) {
    return std::unexpected(Error::user("connection option request_timeout is no time to wait", "give one such as 2m"));
  }
  LAKEFLOW_ASSIGN(const std::optional<std::int64_t> rate, options.integer("requests_per_second"));
  if (rate.value_or(1) < 1) {
    return std::unexpected(Error::user("connection option requests_per_second is not at least 1"));
  }
  http.limits = std::make_shared<RequestLimits>(RequestLimitOptions{.requests_per_second = static_cast<double>(rate.value_or(0))});
  return {};
}

Result<std::int64_t> read_number(const Options& options, std::string_view name, std::int64_t least, std::int64_t most) {
  LAKEFLOW_ASSIGN(const std::optional<std::int64_t> number, options.integer(name));
  if (number.value_or(least) < least || number.value_or(least) > most) {
    return std::unexpected(Error::user(fmt::format("connection option {} is not between {} and {}", name, least, most)));
  }
  return number.value_or(least);
}

}  // namespace

Result<DicomwebOptions> DicomwebOptions::parse(const Options& options) {
  DicomwebOptions parsed;
  LAKEFLOW_ASSIGN(parsed.base_url, read_url(options, "base_url"));
  LAKEFLOW_ASSIGN(parsed.orthanc_url, read_url(options, "orthanc_url"));
  for (const std::string* const url : {&parsed.base_url, &parsed.orthanc_url}) {
    if (url->empty()) {
      continue;
    }
    LAKEFLOW_ASSIGN(Origin origin, origin_of(*url));
    if (std::ranges::find(parsed.http.allowed_origins, origin) == parsed.http.allowed_origins.end()) {
      parsed.http.allowed_origins.push_back(std::move(origin));
    }
  }
  LAKEFLOW_TRY(read_transport(options, parsed.http));
  LAKEFLOW_ASSIGN(parsed.http.credentials, read_credentials(options));
  LAKEFLOW_ASSIGN(parsed.page_size, read_number(options, "page_size", 1, kMostRecordsOfPage));
  LAKEFLOW_ASSIGN(parsed.delete_check_limit, read_number(options, "delete_check_limit", 0, 100));
  LAKEFLOW_ASSIGN(const std::optional<double> interval, options.duration_seconds("comparison_interval"));
  parsed.comparison_interval_us = static_cast<std::int64_t>(interval.value_or(0) * 1e6);
  return parsed;
}

}  // namespace lakeflow
