#pragma once

#include <memory>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/error.h"
#include "base/options.h"
#include "libs/connection_options/credential_options.h"
#include "libs/fhir/bundle.h"
#include "libs/http/http_client.h"

namespace lakeflow {

// The options of connector_spec.yaml that concern a FHIR server.
struct FhirServerOptions {
  std::string base_url;                     // without a slash at its end
  HttpClientOptions http;                   // its credentials are shared by all who connect by these options
  std::shared_ptr<OAuthCredentials> oauth;  // the same, where they are tokens that are asked for
  std::int64_t page_size = 0;
  TimestampMicros look_back = 0;
  int parallel_requests = 1;  // how many may be under way at a time, each over a FhirServer of its own; RequestLimits hold for all of them

  // A user error where an option is missing or makes no sense with another (auth_type bearer without token).
  static Result<FhirServerOptions> parse(const Options& connection_options);
};

// A page of a search (or another answer of a FHIR server), split into entries.
struct FhirPage {
  fhir::Answer answer;                  // its views point into `text`
  std::shared_ptr<std::string> text;    // the body, followed by kPadding bytes
  std::string url;                      // that answered
  std::optional<TimestampMicros> date;  // the server's own clock when it answered
  std::size_t wire_bytes = 0;
};

// A FHIR server as one reader sees it. Used by one thread at a time; who asks for several things at once has one for each thread.
class FhirServer {
 public:
  // The log outlives it.
  static Result<std::unique_ptr<FhirServer>> connect(const FhirServerOptions& options, Logger& log);
  FhirServer(FhirServerOptions options, std::unique_ptr<HttpClient> http, Logger& log)
      : options_(std::move(options)), http_(std::move(http)), log_(log) {}

  // The same server for another thread: credentials and limits are shared.
  Result<std::unique_ptr<FhirServer>> connect_another() const;

  const std::string& base_url() const { return options_.base_url; }
  int parallel_requests() const { return options_.parallel_requests; }

  // How its tokens are had; null where there are none to ask for.
  const OAuthCredentials* oauth() const { return options_.oauth.get(); }

  // What the server answered: 2xx or not, JSON or not. Errors are those of HttpClient.
  Result<HttpResponse> get(const std::string& url, const std::stop_token& stop);
  Result<HttpResponse> send(const HttpRequest& request, const std::stop_token& stop);

  // The error of a status that is no success, where tokens are asked for with what that may have to do with it.
  Error refusal(const HttpResponse& response) const;

  // Of the last request that was answered; 0 where none was, or the last one not at all.
  int last_status() const { return last_status_; }
  // The server's own clock, as of the last request that was answered with a Date.
  std::optional<TimestampMicros> last_date() const { return last_date_; }

  // The Bundle at the URL. Nothing where the server answers 404 or 410. Source errors, each of which says what the server sent instead, where
  // it is any other status, no JSON (asked for again a few times, as a body may have been cut), an OperationOutcome or another resource.
  Result<std::optional<FhirPage>> get_bundle(const std::string& url, const std::stop_token& stop);

 private:
  // A server may leave out what the token does not allow, and say nothing.
  void warn_where_scope_lacks(std::string_view url);

  FhirServerOptions options_;
  std::unique_ptr<HttpClient> http_;
  Logger& log_;
  std::set<std::string, std::less<>> warned_of_;  // resource types
  fhir::AnswerParser parser_;
  int last_status_ = 0;
  std::optional<TimestampMicros> last_date_;
};

}  // namespace lakeflow
