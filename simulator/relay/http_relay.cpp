#include "simulator/relay/http_relay.h"

#include <algorithm>
#include <array>
#include <mutex>
#include <optional>
#include <stop_token>
#include <utility>

#include <fmt/format.h>

#include "base/clock.h"
#include "libs/http/http_client.h"
#include "libs/http/url.h"
#include "simulator/faults/fault_plan.h"
#include "simulator/http/http_faults.h"
#include "simulator/http/http_server.h"
#include "simulator/relay/link_rewriting.h"

namespace lakeflow {
namespace {

// Of the connection, and not of the message (RFC 9110 §7.6.1); or what each side writes for itself.
bool is_of_the_connection(std::string_view name) {
  constexpr std::array<std::string_view, 13> kNames{
      "accept-encoding",  "connection", "content-encoding", "content-length",    "date",   "expect", "host", "keep-alive",
      "proxy-connection", "te",         "trailer",          "transfer-encoding", "upgrade"};
  std::string lower(name);
  std::ranges::transform(lower, lower.begin(), [](unsigned char c) { return static_cast<char>(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c); });
  return std::ranges::find(kNames, lower) != kNames.end();
}

std::string_view path_of(std::string_view url) {
  const std::size_t host = url.find("://") + 3;
  return url.substr(std::min(url.find('/', host), url.size()));
}

HttpAnswer refusal(int status, std::string_view reason) { return {.status = status, .content_type = "text/plain", .body = std::string(reason)}; }

}  // namespace

class HttpRelay::Implementation {
 public:
  Implementation(HttpRelayOptions options, Origin origin) : options_(std::move(options)), origin_(std::move(origin)) {}
  ~Implementation() { stop_.request_stop(); }

  void stop() {
    stop_.request_stop();
    server_->stop();
    other_host_->stop();
  }

  Status start() {
    if (origin_.scheme == "http" && !options_.allow_http && !is_loopback_host(origin_.host)) {
      return std::unexpected(Error::user(fmt::format("{} would be asked without encryption", origin_.text()), "use https, or --allow-http"));
    }
    LAKEFLOW_ASSIGN(other_host_, HttpServer::start(0, [this](const ReceivedRequest& request) {
                      note(strangers_, request, {.status = 403}, false);
                      return refusal(403, "who are you?");
                    }));
    LAKEFLOW_ASSIGN(server_, HttpServer::start(options_.port, [this](const ReceivedRequest& request) { return serve(request); }));
    base_url_ = server_->origin() + std::string(path_of(options_.upstream));
    return {};
  }

  const std::string& base_url() const { return base_url_; }

  Status inject(std::string_view text) {
    LAKEFLOW_ASSIGN(Fault fault, parse_fault(text, http_fault_kinds()));
    plan_.add(std::move(fault));
    return {};
  }
  void clear_faults() { plan_.clear(); }

  std::vector<RelayedRequest> requests() const {
    const std::scoped_lock lock(mutex_);
    return requests_;
  }
  std::vector<RelayedRequest> strangers() const {
    const std::scoped_lock lock(mutex_);
    return strangers_;
  }
  void forget() {
    const std::scoped_lock lock(mutex_);
    requests_.clear();
    strangers_.clear();
  }

 private:
  // The first part of the path below the upstream's: "Patient", "orders".
  FaultSubject subject_of(const ReceivedRequest& request) const {
    std::string_view below = request.path();
    const std::string_view base = path_of(options_.upstream);
    below.remove_prefix(below.starts_with(base) ? base.size() : 0);
    below.remove_prefix(below.starts_with('/') ? 1 : 0);
    return below.substr(0, below.find('/'));
  }

  HttpAnswer serve(const ReceivedRequest& request) {
    const auto at = std::chrono::steady_clock::now();
    std::optional<HttpAnswer> fault = faults_.answer(request, subject_of(request), now_micros());
    if (fault) {
      if (fault->status == 302) {
        fault->headers = {{"Location", other_host_->origin() + request.target}};
      }
      note(requests_, request, *fault, true, at);
      return *std::move(fault);
    }
    HttpAnswer answer = ask(request);
    const std::size_t size = answer.body.size();
    faults_.spoil(subject_of(request), answer);
    const bool is_spoiled = answer.ending != HttpAnswer::Ending::kWhole || answer.announced_length || answer.body.size() != size;
    note(requests_, request, answer, is_spoiled, at);
    return answer;
  }

  HttpAnswer ask(const ReceivedRequest& request) {
    std::unique_ptr<HttpClient> client = take_client();
    if (client == nullptr) {
      return refusal(502, "the relay has no client");
    }
    HttpRequest asked{.method = request.method,
                      .url = origin_.text() + request.target,
                      .body = request.body,
                      .follow_redirects = false,
                      .repeatable = false,
                      .any_status_is_answer = true};
    std::ranges::copy_if(request.headers, std::back_inserter(asked.headers),
                         [](const HttpHeader& header) { return !is_of_the_connection(header.name); });
    Result<HttpResponse> response = client->send(asked, stop_.get_token());
    put_back(std::move(client));
    if (!response) {
      options_.log->log(LogLevel::kWarning, "the source did not answer", {{"reason", response.error().message()}});
      return refusal(502, "the source did not answer");
    }
    HttpAnswer answer{.status = response->status, .content_type = std::string(response->header("content-type")), .body = std::move(response->body)};
    for (const auto& [name, value] : response->header_lines) {
      if (name != "content-type" && !is_of_the_connection(name)) {
        answer.headers.push_back({name, with_other_base(value, options_.upstream, base_url_)});
      }
    }
    answer.body = with_other_base(answer.body, options_.upstream, base_url_);
    if (options_.on_exchange) {
      options_.on_exchange({.request = request, .answer = answer, .base_url = base_url_});
    }
    return answer;
  }

  std::unique_ptr<HttpClient> take_client() {
    {
      const std::scoped_lock lock(mutex_);
      if (!clients_.empty()) {
        std::unique_ptr<HttpClient> client = std::move(clients_.back());
        clients_.pop_back();
        return client;
      }
    }
    HttpClientOptions options;
    options.allowed_origins = {origin_};
    options.allow_http = options_.allow_http;
    options.ca_file = options_.ca_file;
    options.retry.budget = 0;
    return HttpClient::make(std::move(options)).value_or(nullptr);
  }

  void put_back(std::unique_ptr<HttpClient> client) {
    const std::scoped_lock lock(mutex_);
    clients_.push_back(std::move(client));
  }

  void note(std::vector<RelayedRequest>& into, const ReceivedRequest& request, const HttpAnswer& answer, bool is_spoiled,
            std::chrono::steady_clock::time_point at = std::chrono::steady_clock::now()) {
    if (!options_.keeps_requests) {
      return;
    }
    const bool is_silent = answer.ending != HttpAnswer::Ending::kWhole && answer.sent_bytes == 0;
    const std::scoped_lock lock(mutex_);
    into.push_back({.at = at,
                    .method = request.method,
                    .target = request.target,
                    .headers = request.headers,
                    .body = request.body,
                    .status = is_silent ? 0 : answer.status,
                    .is_spoiled = is_spoiled});
  }

  const HttpRelayOptions options_;
  const Origin origin_;
  std::stop_source stop_;
  FaultPlan plan_{options_.seed};
  HttpFaults faults_{plan_, stop_.get_token(), refusal};
  std::string base_url_;
  mutable std::mutex mutex_;
  std::vector<RelayedRequest> requests_;
  std::vector<RelayedRequest> strangers_;
  std::vector<std::unique_ptr<HttpClient>> clients_;  // that nobody uses now
  std::unique_ptr<HttpServer> other_host_;
  std::unique_ptr<HttpServer> server_;  // stopped first: its handlers use all of the others
};

Result<std::unique_ptr<HttpRelay>> HttpRelay::start(HttpRelayOptions options) {
  LAKEFLOW_ASSIGN(Origin origin, origin_of(options.upstream));
  while (options.upstream.ends_with('/')) {
    options.upstream.pop_back();
  }
  auto implementation = std::make_unique<Implementation>(std::move(options), std::move(origin));
  LAKEFLOW_TRY(implementation->start());
  return std::make_unique<HttpRelay>(std::move(implementation));
}

HttpRelay::HttpRelay(std::unique_ptr<Implementation> implementation) : implementation_(std::move(implementation)) {}
HttpRelay::~HttpRelay() = default;

void HttpRelay::stop() { implementation_->stop(); }
std::string HttpRelay::base_url() const { return implementation_->base_url(); }
Status HttpRelay::inject(std::string_view fault) { return implementation_->inject(fault); }
void HttpRelay::clear_faults() { implementation_->clear_faults(); }
std::vector<RelayedRequest> HttpRelay::requests() const { return implementation_->requests(); }
std::vector<RelayedRequest> HttpRelay::strangers() const { return implementation_->strangers(); }
void HttpRelay::forget() { implementation_->forget(); }

}  // namespace lakeflow
