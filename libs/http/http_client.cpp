#include "libs/http/http_client.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <random>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/redaction.h"
#include "libs/http/curl_transfer_internal.h"
#include "libs/http/trace_url.h"

namespace lakeflow {
namespace {

constexpr int kMaximumRedirects = 5;
constexpr int kAttemptsWithoutAnyAnswer = 4;

bool is_redirect(int status) { return status == 301 || status == 302 || status == 303 || status == 307 || status == 308; }

// Sleeps, but wakes at once where a stop is asked for.
Status wait(double seconds, const std::stop_token& stop) {
  std::mutex mutex;
  std::condition_variable_any condition;
  std::unique_lock lock(mutex);
  condition.wait_for(lock, stop, std::chrono::duration<double>(seconds), [] { return false; });
  if (stop.stop_requested()) {
    return std::unexpected(Error::interrupted("stopped while waiting to ask the server again"));
  }
  return {};
}

// Links of a server may repeat the key that its answer was asked for with.
std::string without_key(const std::string& url, const std::optional<Credential>& credentials) {
  return credentials && credentials->place == Credential::Place::kQuery ? without_parameter(url, credentials->name) : url;
}

std::string place_of(const HttpRequest& request) { return request.shown_url.empty() ? redact_url(request.url) : request.shown_url; }

// The URL for a trace: a path that may be shown, and the query's names.
std::string traced(const HttpRequest& request) {
  const std::size_t query = std::min(request.url.find('?'), request.url.size());
  return trace_url(request.shown_url.empty() ? request.url : request.shown_url + request.url.substr(query));
}

TimestampMicros server_time(const HttpResponse& response) { return parse_http_date(response.header("date")).value_or(now_micros()); }

}  // namespace

std::string_view HttpResponse::header(std::string_view name) const {
  const auto found = headers.find(name);
  return found == headers.end() ? std::string_view() : std::string_view(found->second);
}

class HttpClient::Connection {
 public:
  Connection(HttpClientOptions options, std::unique_ptr<CurlTransfer> transfer)
      : options_(std::move(options)), transfer_(std::move(transfer)), seed_(std::random_device()()) {}

  Result<HttpResponse> send(const HttpRequest& request, BodySink* sink, const std::stop_token& stop);

 private:
  // One attempt, and what it answered to the credentials that it was given; an attempt that could not be made is a failure.
  Attempt attempt(HttpRequest request, std::optional<Credential>& credentials, BodySink* sink, const std::stop_token& stop);
  Attempt follow_redirects(HttpRequest request, std::optional<Credential>& credentials, BodySink* sink, const std::stop_token& stop);
  Attempt run(const HttpRequest& request, const std::optional<Credential>& credentials, BodySink* sink, const std::stop_token& stop);
  void tell(const HttpRequest& request, const Attempt& attempt) const;
  Status check_allowed(const Origin& origin, std::string_view place) const;

  HttpClientOptions options_;
  std::unique_ptr<CurlTransfer> transfer_;
  unsigned seed_;
  int attempt_number_ = 0;
  bool ever_answered_ = false;
};

Status HttpClient::Connection::check_allowed(const Origin& origin, std::string_view place) const {
  if (std::ranges::find(options_.allowed_origins, origin) == options_.allowed_origins.end()) {
    // No more of the link than that: its path is a stranger's text.
    return std::unexpected(Error::source(fmt::format("a link leads to {}, an origin that is not allowed", origin.text()),
                                         fmt::format("add {} to allowed_origins, if the server is meant to send its readers there", origin.text())));
  }
  if (origin.scheme == "http" && !options_.allow_http && !is_loopback_host(origin.host)) {
    return std::unexpected(Error::user(fmt::format("{} would be asked without encryption", place), "use https, or set allow_http"));
  }
  return {};
}

Attempt HttpClient::Connection::run(const HttpRequest& request, const std::optional<Credential>& credentials, BodySink* sink,
                                    const std::stop_token& stop) {
  Result<Origin> origin = origin_of(request.url);
  if (!origin) {
    return {.response = {}, .failure = std::move(origin).error()};
  }
  if (Status allowed = check_allowed(*origin, place_of(request)); !allowed) {
    return {.response = {}, .failure = std::move(allowed).error()};
  }
  HttpRequest sent = request;
  if (credentials && credentials->place == Credential::Place::kHeader) {
    sent.headers.push_back({.name = credentials->name, .value = credentials->value});
  } else if (credentials) {
    sent.url = with_parameter(request.url, credentials->name, credentials->value);
  }
  if (options_.limits != nullptr) {
    if (Status turn = options_.limits->wait_for_turn(stop); !turn) {
      return {.response = {}, .failure = std::move(turn).error()};
    }
  }
  const std::string proxy = proxy_for(*origin, options_.proxy);
  const AttemptOptions how{
      .http = &options_,
      .proxy = proxy,
      .private_addresses = !proxy.empty() || origin->host == options_.allowed_origins.front().host || is_literal_address(origin->host)};
  Attempt attempt = transfer_->run(sent, how, sink, stop);
  attempt.response.url = request.url;
  tell(request, attempt);
  return attempt;
}

void HttpClient::Connection::tell(const HttpRequest& request, const Attempt& attempt) const {
  const bool failed = attempt.failure.has_value();
  options_.log->log(LogLevel::kDebug, kHttpExchange,
                    {{"method", request.method},
                     {"url", traced(request)},
                     {failed ? "failure" : "status", failed ? std::string(attempt.trouble) : std::to_string(attempt.response.status)},
                     {"attempt", std::to_string(attempt_number_)},
                     {"sent_bytes", std::to_string(request.body.size())},
                     {"received_bytes", std::to_string(attempt.response.wire_bytes)},
                     {"connected", fmt::format("{:.3f}", attempt.times.connected)},
                     {"first_byte", fmt::format("{:.3f}", attempt.times.first_byte)},
                     {"total", fmt::format("{:.3f}", attempt.times.total)}});
}

Attempt HttpClient::Connection::attempt(HttpRequest request, std::optional<Credential>& credentials, BodySink* sink, const std::stop_token& stop) {
  credentials.reset();
  if (options_.credentials != nullptr) {
    Result<Credential> next = options_.credentials->next(*options_.log, stop);
    if (!next) {
      return {.response = {}, .failure = std::move(next).error()};
    }
    credentials = *std::move(next);
    request.url = without_key(request.url, credentials);
  }
  if (request.make_body) {
    Result<std::string> body = request.make_body();
    if (!body) {
      return {.response = {}, .failure = std::move(body).error()};
    }
    request.body = *std::move(body);
  }
  return follow_redirects(std::move(request), credentials, sink, stop);
}

// Takes the credentials away where a redirect leads elsewhere.
Attempt HttpClient::Connection::follow_redirects(HttpRequest request, std::optional<Credential>& credentials, BodySink* sink,
                                                 const std::stop_token& stop) {
  const std::string place = place_of(request);
  for (int redirects = 0; redirects <= kMaximumRedirects; ++redirects) {
    Attempt attempt = run(request, credentials, sink, stop);
    const std::string_view location = attempt.response.header("location");
    if (attempt.failure || !request.follow_redirects || !is_redirect(attempt.response.status) || location.empty()) {
      return attempt;
    }
    Result<std::string> target = resolve_url(request.url, location);
    if (!target) {
      attempt.failure = std::move(target).error();
      return attempt;
    }
    target = without_key(*target, credentials);
    if (origin_of(*target).value_or(Origin{}) != origin_of(request.url).value_or(Origin{})) {
      credentials.reset();
    }
    if (attempt.response.status == 303 || (attempt.response.status <= 302 && request.method == "POST")) {
      request.method = "GET";  // RFC 9110 §15.4: what browsers made of 301 and 302, and 303 means
      request.body.clear();
    }
    request.url = *std::move(target);
  }
  return {.response = {}, .failure = Error::source(fmt::format("{} redirects without end", place))};
}

Result<HttpResponse> HttpClient::Connection::send(const HttpRequest& request, BodySink* sink, const std::stop_token& stop) {
  const auto start = std::chrono::steady_clock::now();
  RetrySchedule schedule(options_.retry, seed_++);
  bool renewed = false;
  for (int attempts = 1;; ++attempts) {  // until the schedule has no next wait
    if (stop.stop_requested()) {
      return std::unexpected(Error::interrupted(fmt::format("stopped before {} was asked", place_of(request))));
    }
    attempt_number_ = attempts;
    const auto attempt_start = std::chrono::steady_clock::now();
    std::optional<Credential> credentials;
    Attempt attempt = this->attempt(request, credentials, sink, stop);
    ever_answered_ = ever_answered_ || attempt.response.status != 0 || (options_.limits != nullptr && options_.limits->was_answered());
    if (ever_answered_ && options_.limits != nullptr) {
      options_.limits->note_answer();
    }
    if (attempt.response.status == 401 && credentials && !renewed && options_.credentials->renew(*credentials)) {
      renewed = true;
      options_.log->log(LogLevel::kInfo, "the server refused the token: another one is asked for", {{"url", place_of(request)}});
      continue;
    }
    const bool bad_status = !attempt.failure && !request.any_status_is_answer && is_retryable_status(attempt.response.status);
    if (!attempt.failure && !bad_status) {
      return std::move(attempt.response);
    }
    Error error = attempt.failure ? *std::move(attempt.failure) : status_error(attempt.response, request);
    if ((!bad_status && !attempt.retryable) || !request.repeatable) {
      return std::unexpected(std::move(error));
    }

    const auto now = std::chrono::steady_clock::now();
    const double elapsed = std::chrono::duration<double>(now - start).count();
    const std::optional<double> asked_for = retry_after_seconds(attempt.response.header("retry-after"), server_time(attempt.response));
    const std::optional<double> seconds = schedule.next_wait(elapsed, asked_for);
    const bool wrong_address = attempt.never_connected && !ever_answered_ && attempts >= kAttemptsWithoutAnyAnswer;
    if (!seconds || wrong_address) {
      const bool ask_for_address = attempt.never_connected && error.next_step().empty();
      return std::unexpected(Error(error.kind(), fmt::format("{} ({} attempts in {:.0f} s)", error.message(), attempts, elapsed),
                                   ask_for_address ? "is the address right, and is the server running?" : error.next_step()));
    }
    if (options_.limits != nullptr) {
      if (attempt.response.status == 429 && asked_for) {
        options_.limits->hold_off(*seconds);  // its pace, and no failure
      } else if (!options_.limits->spend_on_retry(*seconds + std::chrono::duration<double>(now - attempt_start).count())) {
        return std::unexpected(
            Error(error.kind(), error.message() + " (and the connection has spent what an hour may go into trying again)",
                  error.next_step().empty() ? "the server fails too often: look at its log, or raise retry_budget_per_hour" : error.next_step()));
      }
    }
    options_.log->log(LogLevel::kWarning, "asking the server again", {{"because", error.message()}, {"seconds", fmt::format("{:.1f}", *seconds)}});
    LAKEFLOW_TRY(wait(*seconds, stop));
  }
}

HttpClient::HttpClient(std::unique_ptr<Connection> connection) : connection_(std::move(connection)) {}
HttpClient::~HttpClient() = default;

Result<std::unique_ptr<HttpClient>> HttpClient::make(HttpClientOptions options) {
  if (options.allowed_origins.empty()) {
    return std::unexpected(Error::internal("an HTTP client without an allowed origin"));
  }
  LAKEFLOW_ASSIGN(std::unique_ptr<CurlTransfer> transfer, CurlTransfer::make());
  return std::make_unique<HttpClient>(std::make_unique<Connection>(std::move(options), std::move(transfer)));
}

Result<HttpResponse> HttpClient::send(const HttpRequest& request, const std::stop_token& stop) { return connection_->send(request, nullptr, stop); }

Result<HttpResponse> HttpClient::send(const HttpRequest& request, BodySink& sink, const std::stop_token& stop) {
  return connection_->send(request, &sink, stop);
}

Error status_error(HttpResponse response, const HttpRequest& request) {
  if (!request.shown_url.empty()) {
    response.url = request.shown_url + response.url.substr(std::min(response.url.find('?'), response.url.size()));
  }
  return status_error(response);
}

Error status_error(const HttpResponse& response) {
  const std::string what = fmt::format("{} answered {}", redact_url(response.url), response.status);
  switch (response.status) {
    case 400:
    case 422: {
      const std::vector<std::string> parameters = parameter_names(response.url);
      const std::string reason = response.status == 400 ? "bad request" : "unprocessable";
      return parameters.empty() ? Error::source(fmt::format("{} ({})", what, reason), "does the server know this path, and this kind of request?")
                                : Error::source(fmt::format("{} ({}; asked with {})", what, reason, fmt::join(parameters, ", ")),
                                                "does the server know each of these parameters, and take its value?");
    }
    case 401: return Error::source(what + " (unauthorized)", "check auth_type and the token: it is missing, wrong or expired");
    case 403: return Error::source(what + " (forbidden)", "the credentials hold but may not read this: ask for the right on the server");
    case 404: return Error::source(what + " (not found)", "check the URL, and that the server has what is asked for");
    case 429: return Error::source(what + " (too many requests)", "run less often, or raise retry_budget");
    default: return Error::source(what, response.status >= 500 ? "the server has a fault: look at its log, or try again later" : std::string());
  }
}

}  // namespace lakeflow
