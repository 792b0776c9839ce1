#include "sources/dicomweb/dicomweb_options.h"

#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "libs/connection_options/credential_options.h"
#include "libs/connection_options/transport_options.h"

namespace lakeflow {
namespace {

constexpr std::int64_t kMostRecordsOfPage = 10'000;

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
  LAKEFLOW_ASSIGN(parsed.base_url, read_base_url(options, "base_url"));
  LAKEFLOW_ASSIGN(parsed.orthanc_url, read_base_url(options, "orthanc_url"));
  std::vector<std::string> servers = {parsed.base_url};
  if (!parsed.orthanc_url.empty()) {
    servers.push_back(parsed.orthanc_url);
  }
  LAKEFLOW_ASSIGN(parsed.http.allowed_origins, read_origins(options, servers));
  LAKEFLOW_TRY(read_transport(options, parsed.http));
  parsed.http.first_byte_timeout = parsed.http.request_timeout;  // a search may take long to begin
  LAKEFLOW_ASSIGN(ServerCredentials access, read_credentials(options, parsed.http));
  parsed.http.credentials = std::move(access.credentials);
  LAKEFLOW_ASSIGN(parsed.http.limits, read_limits(options));
  LAKEFLOW_ASSIGN(parsed.page_size, read_number(options, "page_size", 1, kMostRecordsOfPage));
  LAKEFLOW_ASSIGN(parsed.delete_check_limit, read_number(options, "delete_check_limit", 0, 100));
  LAKEFLOW_ASSIGN(const std::optional<double> interval, options.duration_seconds("comparison_interval"));
  parsed.comparison_interval_us = static_cast<std::int64_t>(interval.value_or(0) * 1e6);
  return parsed;
}

}  // namespace lakeflow
