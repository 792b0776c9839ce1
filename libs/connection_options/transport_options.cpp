#include "libs/connection_options/transport_options.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>

#include "libs/secrets/private_file.h"

namespace lakeflow {
namespace {

// A time to wait, which must be one.
Status read_time(const Options& options, std::string_view name, double& seconds) {
  LAKEFLOW_ASSIGN(const std::optional<double> given, options.duration_seconds(name));
  seconds = given.value_or(seconds);
  if (seconds <= 0) {
    return std::unexpected(Error::user(fmt::format("connection option {} is no time to wait", name), "give one such as 30s"));
  }
  return {};
}

Status read_certificate(const Options& options, ClientCertificate& certificate) {
  certificate = {.certificate_file = options.text("client_cert_file"),
                 .key_file = options.text("client_key_file"),
                 .key_password = options.text("client_key_password")};
  if (certificate.certificate_file.empty()) {
    if (options.has("client_key_file") || options.has("client_key_password")) {
      return std::unexpected(Error::user("connection option client_cert_file is missing", "a key without its certificate shows nobody who this is"));
    }
    return {};
  }
  LAKEFLOW_TRY(
      read_private_file(certificate.key_file.empty() ? certificate.certificate_file : certificate.key_file, "the key of the client certificate"));
  return {};
}

}  // namespace

Result<std::string> read_base_url(const Options& options, std::string_view name) {
  std::string url = options.text(name);
  while (url.ends_with('/')) {
    url.pop_back();
  }
  if (url.find_first_of("?#") != std::string::npos) {
    return std::unexpected(Error::user(fmt::format("connection option {} has a query or a fragment", name),
                                       "give the base URL alone, such as https://api.example.org/v1"));
  }
  return url;
}

Result<std::vector<Origin>> read_origins(const Options& options, const std::vector<std::string>& base_urls) {
  std::vector<Origin> origins;
  const auto add = [&](Origin origin) {
    if (std::ranges::find(origins, origin) == origins.end()) {
      origins.push_back(std::move(origin));
    }
  };
  for (const std::string& url : base_urls) {
    LAKEFLOW_ASSIGN(Origin origin, origin_of(url));
    add(std::move(origin));
  }
  const std::string text = options.text("allowed_origins");
  std::string_view further = text;
  while (!further.empty()) {
    const std::size_t comma = std::min(further.find(','), further.size());
    std::string_view item = further.substr(0, comma);
    further.remove_prefix(std::min(comma + 1, further.size()));
    item.remove_prefix(std::min(item.find_first_not_of(' '), item.size()));
    item = item.substr(0, item.find_last_not_of(' ') + 1);
    if (!item.empty()) {
      Result<Origin> origin = origin_of(item);
      if (!origin) {
        return std::unexpected(origin.error().at("connection option allowed_origins"));
      }
      add(*std::move(origin));
    }
  }
  return origins;
}

Status read_transport(const Options& options, HttpClientOptions& http) {
  LAKEFLOW_ASSIGN(const std::optional<bool> allow_http, options.boolean("allow_http"));
  http.allow_http = allow_http.value_or(false);
  http.ca_file = options.text("ca_file");
  LAKEFLOW_TRY(read_certificate(options, http.client_certificate));
  http.proxy = {.proxy = options.find("proxy").value_or(http.proxy.proxy),
                .username = options.text("proxy_username"),
                .password = options.text("proxy_password")};
  if (const Status checked = http.proxy.check(); !checked) {
    return std::unexpected(checked.error().at("connection option proxy"));
  }
  LAKEFLOW_TRY(read_time(options, "connect_timeout", http.connect_timeout));
  LAKEFLOW_TRY(read_time(options, "first_byte_timeout", http.first_byte_timeout));
  LAKEFLOW_TRY(read_time(options, "stall_timeout", http.stall_timeout));
  LAKEFLOW_TRY(read_time(options, "request_timeout", http.request_timeout));
  LAKEFLOW_ASSIGN(const std::optional<double> budget, options.duration_seconds("retry_budget"));
  http.retry.budget = budget.value_or(http.retry.budget);
  LAKEFLOW_ASSIGN(const std::optional<std::int64_t> bytes, options.bytes("max_page_bytes"));
  http.maximum_body_bytes = static_cast<std::size_t>(bytes.value_or(static_cast<std::int64_t>(http.maximum_body_bytes)));
  return {};
}

Result<std::shared_ptr<RequestLimits>> read_limits(const Options& options, double requests_per_second) {
  RequestLimitOptions limits;
  LAKEFLOW_ASSIGN(const std::optional<std::int64_t> rate, options.integer("requests_per_second"));
  LAKEFLOW_ASSIGN(const std::optional<double> an_hour, options.duration_seconds("retry_budget_per_hour"));
  if (rate.value_or(1) < 1) {
    return std::unexpected(Error::user("connection option requests_per_second is not at least 1"));
  }
  limits.requests_per_second = rate ? static_cast<double>(*rate) : requests_per_second;
  limits.retry_seconds_per_hour = an_hour.value_or(limits.retry_seconds_per_hour);
  return std::make_shared<RequestLimits>(limits);
}

}  // namespace lakeflow
