#include "sources/healthcare/fhir/fhir_server.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/redaction.h"
#include "libs/connection_options/transport_options.h"
#include "sources/healthcare/fhir/fhir_presets.h"
#include "sources/healthcare/fhir/fhir_scope.h"
#include "sources/interface/raw_records.h"

namespace lakeflow {
namespace {

constexpr int kReadingsOfUnreadableJson = 3;
constexpr std::int64_t kPageSize = 500;
constexpr std::int64_t kParallelRequests = 4;
constexpr std::int64_t kMostParallelRequests = 64;

}  // namespace

Result<FhirServerOptions> FhirServerOptions::parse(const Options& options) {
  FhirServerOptions server;
  const FhirPreset* const preset = find_fhir_preset(options.text("preset"));
  if (preset != nullptr && options.has("fhir_base_url")) {
    return std::unexpected(Error::user("fhir_base_url and preset are both set", "a preset is a server of its own: take one of them out"));
  }
  LAKEFLOW_ASSIGN(server.base_url, read_base_url(options, "fhir_base_url"));
  if (preset != nullptr) {
    server.base_url = preset->base_url;
  }
  LAKEFLOW_ASSIGN(server.http.allowed_origins, read_origins(options, {server.base_url}));
  LAKEFLOW_TRY(read_transport(options, server.http));
  LAKEFLOW_ASSIGN(const std::optional<std::int64_t> page_size, options.integer("page_size"));
  server.page_size = page_size.value_or(preset != nullptr ? preset->page_size : kPageSize);
  if (server.page_size < 1) {
    return std::unexpected(Error::user("connection option page_size is not at least 1"));
  }
  LAKEFLOW_ASSIGN(const std::optional<std::int64_t> parallel, options.integer("parallel_requests"));
  server.parallel_requests = static_cast<int>(std::clamp<std::int64_t>(parallel.value_or(kParallelRequests), 0, kMostParallelRequests + 1));
  if (server.parallel_requests < 1 || server.parallel_requests > kMostParallelRequests) {
    return std::unexpected(Error::user(fmt::format("connection option parallel_requests is not between 1 and {}", kMostParallelRequests)));
  }
  LAKEFLOW_ASSIGN(const std::optional<double> look_back, options.duration_seconds("look_back"));
  server.look_back = static_cast<TimestampMicros>(look_back.value_or(300) * 1e6);
  LAKEFLOW_ASSIGN(ServerCredentials access, read_credentials(options, server.http, server.base_url));
  server.http.credentials = std::move(access.credentials);
  server.oauth = std::move(access.oauth);
  LAKEFLOW_ASSIGN(server.http.limits, read_limits(options, preset != nullptr ? preset->requests_per_second : 0));  // the FHIR server's alone
  return server;
}

Result<std::unique_ptr<FhirServer>> FhirServer::connect(const FhirServerOptions& options, Logger& log) {
  HttpClientOptions http_options = options.http;
  http_options.log = &log;
  LAKEFLOW_ASSIGN(std::unique_ptr<HttpClient> http, HttpClient::make(std::move(http_options)));
  return std::make_unique<FhirServer>(options, std::move(http), log);
}

Result<std::unique_ptr<FhirServer>> FhirServer::connect_another() const {
  LAKEFLOW_ASSIGN(std::unique_ptr<FhirServer> another, connect(options_, log_));
  another->warned_of_ = warned_of_;
  return another;
}

Result<HttpResponse> FhirServer::get(const std::string& url, const std::stop_token& stop) {
  return send({.url = url, .headers = {{"Accept", "application/fhir+json"}}}, stop);
}

Result<HttpResponse> FhirServer::send(const HttpRequest& request, const std::stop_token& stop) {
  last_status_ = 0;
  LAKEFLOW_ASSIGN(HttpResponse response, http_->send(request, stop));
  last_status_ = response.status;
  if (const std::optional<TimestampMicros> date = parse_http_date(response.header("date"))) {
    last_date_ = date;
  }
  return response;
}

Error FhirServer::refusal(const HttpResponse& response) const {
  Error error = status_error(response);
  if (oauth() != nullptr && response.status == 401) {
    return Error::source(error.message(),
                         "the server refused a new token, too: does it take those of this authorization server (token_url), and with this scope?");
  }
  if (oauth() != nullptr && response.status == 403) {
    return Error::source(error.message(), fmt::format("the token's scope ({}) may not allow it: ask for more (scope), and let the client have it",
                                                      shown_scope(oauth()->granted_scope().value_or("not said"))));
  }
  return error;
}

void FhirServer::warn_where_scope_lacks(std::string_view url) {
  if (oauth() == nullptr || !url.starts_with(base_url() + "/")) {
    return;
  }
  url.remove_prefix(base_url().size() + 1);
  const std::string_view type = url.substr(0, url.find_first_of("/?"));
  const std::optional<std::string> scope = oauth()->granted_scope();
  const bool is_type = !type.empty() && type.front() >= 'A' && type.front() <= 'Z';
  if (is_type && scope && !scope_allows_search(*scope, type) && warned_of_.insert(std::string(type)).second) {
    log_.log(LogLevel::kWarning, "the granted scope does not let this table be read: what the server gives may not be all",
             {{"table", std::string(type)}, {"scope", shown_scope(*scope)}});
  }
}

Result<std::optional<FhirPage>> FhirServer::get_bundle(const std::string& url, const std::stop_token& stop) {
  for (int reading = 1;; ++reading) {  // at most kReadingsOfUnreadableJson times
    LAKEFLOW_ASSIGN(HttpResponse response, get(url, stop));
    if (response.status == 404 || response.status == 410) {
      return std::nullopt;
    }
    const std::string place = redact_url(response.url);
    const Error refused = refusal(response);
    warn_where_scope_lacks(response.url);
    const bool succeeded = response.status >= 200 && response.status < 300;

    FhirPage page;
    page.text = std::make_shared<std::string>(std::move(response.body));
    const std::size_t size = page.text->size();
    page.text->append(kPadding, ' ');
    Result<fhir::Answer> answer = parser_.parse(std::string_view(*page.text).substr(0, size));
    if (!succeeded) {
      const std::string issues = answer ? fhir::issues_text(*answer) : std::string();
      return std::unexpected(
          Error::source(refused.message() + (issues.empty() ? issues : fmt::format(", OperationOutcome {}", issues)), refused.next_step()));
    }
    if (!answer) {
      if (reading < kReadingsOfUnreadableJson) {
        continue;
      }
      return std::unexpected(Error::source(
          fmt::format("{} answered {} with {} bytes of {}, {}", place, response.status, size,
                      response.headers.contains("content-type") ? response.header("content-type") : "an unnamed type", answer.error().message()),
          "is fhir_base_url the base of a FHIR server, and not of a page before it?"));
    }
    if (answer->resource_type != "Bundle") {
      const std::string what = answer->resource_type.empty()                 ? "JSON that is no FHIR resource"
                               : answer->resource_type == "OperationOutcome" ? "an OperationOutcome: " + fhir::issues_text(*answer)
                                                                             : "a resource that is no Bundle";
      return std::unexpected(Error::source(
          fmt::format("{} answered {} with {}", place, response.status, what),
          answer->resource_type == "OperationOutcome" ? "the server's log says more" : "is fhir_base_url the base of a FHIR R4 server?"));
    }
    page.answer = *std::move(answer);
    page.url = std::move(response.url);
    page.date = parse_http_date(response.header("date"));
    page.wire_bytes = response.wire_bytes;
    return page;
  }
}

}  // namespace lakeflow
