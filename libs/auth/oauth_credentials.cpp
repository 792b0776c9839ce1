#include "libs/auth/oauth_credentials.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/clock.h"
#include "base/redaction.h"
#include "libs/auth/base64.h"
#include "libs/auth/client_assertion.h"
#include "libs/auth/granted_scope.h"
#include "libs/auth/smart_configuration.h"

namespace lakeflow {
namespace {

constexpr double kLifeWhereNoneIsSaid = 300;
constexpr double kMostAhead = 60;
constexpr double kShareAhead = 0.2;
constexpr double kUntilTriedAgain = 5;
constexpr std::size_t kLargestAnswer = std::size_t{1} << 20U;

OAuthCredentials::Clock::duration seconds(double count) {
  return std::chrono::duration_cast<OAuthCredentials::Clock::duration>(std::chrono::duration<double>(count));
}

// RFC 6749 §2.3.1: both are encoded as in a form, and then joined.
HttpHeader basic_of_form(std::string_view id, std::string_view secret) {
  return {"Authorization", "Basic " + base64(percent_encode(id) + ":" + percent_encode(secret))};
}

bool is_confidential(const Origin& origin) { return origin.scheme == "https" || is_loopback_host(origin.host); }

// Whether a discovered token endpoint may be sent what shows who the client is.
Status believe(const Origin& base, const std::string& token_endpoint) {
  Result<Origin> origin = origin_of(token_endpoint);
  const std::string advice = "set token_url, if it is meant: an address that a person wrote down is trusted";
  if (!origin) {
    return std::unexpected(Error::source("the SMART configuration names a token endpoint that is no http or https URL", advice));
  }
  if (*origin == base) {
    return {};
  }
  if (!is_confidential(base) || !is_confidential(*origin)) {
    return std::unexpected(Error::source(
        fmt::format("the SMART configuration names a token endpoint at {}, and one of the two is not reached over https", origin->text()), advice));
  }
  if (origin->host != base.host && (is_literal_address(origin->host) || is_loopback_host(origin->host))) {
    return std::unexpected(
        Error::source(fmt::format("the SMART configuration names a token endpoint at {}, an address and no name", origin->text()), advice));
  }
  return {};
}

}  // namespace

Result<Credential> OAuthCredentials::next(Logger& log, const std::stop_token& stop) {
  const std::lock_guard lock(mutex_);
  if (held_ && options_.now() < held_->renew_at) {
    return held_->credential;
  }
  Result<Held> asked = ask(log, stop);
  if (asked) {
    held_ = *std::move(asked);
    return held_->credential;
  }
  if (held_ && options_.now() < held_->ends_at && asked.error().kind() != ErrorKind::kInterrupted) {
    log.log(LogLevel::kWarning, "the token could not be renewed ahead of its end: it is used on", {{"because", asked.error().message()}});
    held_->renew_at = std::min(options_.now() + seconds(kUntilTriedAgain), held_->ends_at);
    return held_->credential;
  }
  held_.reset();
  endpoint_.clear();  // it may have moved: the server is asked anew
  return std::unexpected(std::move(asked).error());
}

bool OAuthCredentials::renew(const Credential& refused) {
  const std::lock_guard lock(mutex_);
  if (held_ && held_->credential == refused) {
    held_.reset();
  }
  return true;  // another client may have renewed it meanwhile
}

std::optional<std::string> OAuthCredentials::granted_scope() const {
  const std::lock_guard lock(mutex_);
  if (!held_) {
    return std::nullopt;
  }
  const std::string asked = scope_to_ask_for();
  return held_->token.scope ? held_->token.scope : asked.empty() ? std::nullopt : std::optional(asked);
}

std::string OAuthCredentials::asked_scope() const {
  const std::lock_guard lock(mutex_);
  return scope_to_ask_for();
}

std::optional<double> OAuthCredentials::token_life() const {
  const std::lock_guard lock(mutex_);
  return held_ ? held_->token.expires_in : std::nullopt;
}

std::string OAuthCredentials::scope_to_ask_for() const {
  if (!options_.scope.empty() || options_.proof != OAuthOptions::Proof::kSignature) {
    return options_.scope;
  }
  return default_scope_.empty() ? "system/*.read" : default_scope_;
}

Status OAuthCredentials::discover(Logger& log, const std::stop_token& stop) {
  LAKEFLOW_ASSIGN(const Origin base, origin_of(options_.smart_base_url));
  HttpClientOptions http = options_.http;
  http.allowed_origins = {base};
  http.credentials = nullptr;
  http.log = &log;
  http.maximum_body_bytes = kLargestAnswer;
  LAKEFLOW_ASSIGN(const std::unique_ptr<HttpClient> client, HttpClient::make(std::move(http)));
  const std::string url = smart_configuration_url(options_.smart_base_url);
  LAKEFLOW_ASSIGN(const HttpResponse answer, client->send({.url = url, .headers = {{"Accept", "application/json"}}}, stop));
  if (answer.status != 200) {
    return std::unexpected(
        Error::source(status_error(answer).message(), "the server has no SMART configuration there: set token_url, as its makers name it"));
  }
  LAKEFLOW_ASSIGN(const SmartConfiguration configuration, parse_smart_configuration(answer.body, redact_url(url)));
  LAKEFLOW_TRY(believe(base, configuration.token_endpoint));
  const auto& algorithms = configuration.signing_algorithms;
  if (options_.key && !algorithms.empty() && std::ranges::find(algorithms, options_.key->algorithm()) == algorithms.end()) {
    log.log(LogLevel::kWarning, "the authorization server does not say that it takes signatures of this kind",
            {{"algorithm", std::string(options_.key->algorithm())}});
  }
  default_scope_ = configuration.can("permission-v2") ? "system/*.rs" : "system/*.read";
  endpoint_ = configuration.token_endpoint;
  return {};
}

Result<std::string> OAuthCredentials::request_body(const std::string& scope) const {
  std::string body = "grant_type=client_credentials";
  if (!scope.empty()) {
    body += "&scope=" + percent_encode(scope);
  }
  if (options_.proof == OAuthOptions::Proof::kSecretInBody) {
    body += "&client_id=" + percent_encode(options_.client_id) + "&client_secret=" + percent_encode(options_.client_secret);
  }
  if (options_.proof == OAuthOptions::Proof::kSignature) {
    LAKEFLOW_ASSIGN(std::string id, new_token_id());
    LAKEFLOW_ASSIGN(const std::string assertion, client_assertion(*options_.key, {.client_id = options_.client_id,
                                                                                  .audience = endpoint_,
                                                                                  .expires = now_micros() + kAssertionLife,
                                                                                  .token_id = std::move(id)}));
    body += "&client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer&client_assertion=" + assertion;
  }
  return body;
}

Result<OAuthCredentials::Held> OAuthCredentials::ask(Logger& log, const std::stop_token& stop) {
  if (endpoint_.empty() && !options_.token_url.empty()) {
    endpoint_ = options_.token_url;
  }
  if (endpoint_.empty()) {
    LAKEFLOW_TRY(discover(log, stop));
  }
  LAKEFLOW_ASSIGN(Origin origin, origin_of(endpoint_));
  HttpClientOptions http = options_.http;
  http.allowed_origins.clear();
  if (options_.token_url.empty()) {
    // First the one that the user named: another host must then not have a private address.
    LAKEFLOW_ASSIGN(Origin base, origin_of(options_.smart_base_url));
    http.allowed_origins.push_back(std::move(base));
  }
  http.allowed_origins.push_back(std::move(origin));
  http.credentials = nullptr;
  http.log = &log;
  http.maximum_body_bytes = kLargestAnswer;
  LAKEFLOW_ASSIGN(const std::unique_ptr<HttpClient> client, HttpClient::make(std::move(http)));

  HttpRequest request{.method = "POST",
                      .url = endpoint_,
                      .headers = {{"Accept", "application/json"}, {"Content-Type", "application/x-www-form-urlencoded"}},
                      .make_body = [this, scope = scope_to_ask_for()] { return request_body(scope); },
                      .follow_redirects = false};
  if (options_.proof == OAuthOptions::Proof::kSecretInHeader) {
    request.headers.push_back(basic_of_form(options_.client_id, options_.client_secret));
  }
  const Clock::time_point asked_at = options_.now();
  Result<HttpResponse> answer = client->send(request, stop);
  if (!answer) {
    return std::unexpected(
        Error(answer.error().kind(), "the authorization server gives no token: " + answer.error().message(), answer.error().next_step()));
  }
  LAKEFLOW_ASSIGN(AccessToken token, parse_token_answer(*answer, options_.key ? ClientProof::kSignature : ClientProof::kSecret, now_micros()));
  tell(token, log);
  const double life = token.expires_in.value_or(kLifeWhereNoneIsSaid);
  const double ahead = std::min(kMostAhead, kShareAhead * life);
  HttpHeader header = bearer_token(token.value);
  return Held{.token = std::move(token),
              .credential = {.name = std::move(header.name), .value = std::move(header.value)},
              .renew_at = asked_at + seconds(life - ahead),
              .ends_at = asked_at + seconds(life)};
}

void OAuthCredentials::tell(const AccessToken& token, Logger& log) const {
  log.log(LogLevel::kDebug, "a token was given",
          {{"by", redact_url(endpoint_)}, {"seconds", token.expires_in ? fmt::format("{:.0f}", *token.expires_in) : "not said"}});
  const std::vector<std::string> missing = token.scope ? scopes_missing(scope_to_ask_for(), *token.scope) : std::vector<std::string>();
  // Said once, and again when it changes.
  if (!missing.empty() && !(held_ && held_->token.scope == token.scope)) {
    log.log(LogLevel::kWarning, "the authorization server granted less than was asked for, or names it otherwise",
            {{"asked_for", scope_to_ask_for()}, {"not_granted", fmt::format("{}", fmt::join(missing, " "))}});
  }
}

}  // namespace lakeflow
