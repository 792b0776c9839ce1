#include "simulator/fhir/fhir_simulator.h"

#include <stop_token>
#include <thread>
#include <utility>

#include <fmt/format.h>
#include <httplib.h>

#include "base/options.h"
#include "simulator/faults/fault_plan.h"
#include "simulator/fhir/bundle_text.h"
#include "simulator/fhir/fhir_service.h"
#include "simulator/fhir/folder_loader.h"
#include "simulator/fhir/request_log.h"
#include "simulator/fhir/token_introspection.h"

namespace lakeflow {
namespace {

constexpr std::string_view kBase = "/fhir";
constexpr const char* kLoopback = "127.0.0.1";
constexpr const char* kFhirJson = "application/fhir+json;charset=utf-8";
// A kept connection holds a thread, and so does one that hangs.
constexpr std::size_t kThreads = 64;
constexpr TimestampMicros kSecond = 1'000'000;
constexpr TimestampMicros kLongerThanAnyoneWaits = 24 * 3600 * kSecond;

void answer_outcome(httplib::Response& response, int status, std::string_view code, std::string_view diagnostics) {
  response.status = status;
  response.set_content(operation_outcome("error", code, diagnostics), kFhirJson);
}

// "name=value&…", decoded.
std::string shown(const QueryParameters& parameters) {
  std::string text;
  for (const auto& [name, value] : parameters) {
    text += (text.empty() ? "" : "&") + name + "=" + value;
  }
  return text;
}

}  // namespace

class FhirSimulator::Implementation {
 public:
  explicit Implementation(FhirSimulatorOptions options)
      : options_(std::move(options)),
        faults_(options_.seed),
        service_(faults_, stop_.get_token(), options_.seed, options_.default_page_size, options_.maximum_page_size) {}

  ~Implementation() { stop(); }

  Status inject(std::string_view text) {
    LAKEFLOW_ASSIGN(Fault fault, parse_fault(text, fhir_fault_kinds()));
    faults_.add(std::move(fault));
    return {};
  }

  Status start() {
    for (const std::string& fault : options_.faults) {
      LAKEFLOW_TRY(inject(fault));
    }
    if (!options_.folder.empty()) {
      LAKEFLOW_TRY(load());
    }
    if (!options_.authorization_server.empty()) {
      LAKEFLOW_ASSIGN(introspection_, TokenIntrospection::discover(options_.authorization_server, options_.introspection_client));
    }
    return listen();
  }

  void stop() {
    stop_.request_stop();
    server_.stop();
    if (thread_.joinable()) {
      thread_.join();
    }
  }

  std::string base_url() const { return fmt::format("http://{}:{}{}", kLoopback, port_, kBase); }
  int port() const { return port_; }
  FhirSimulatorLoad loaded() const { return loaded_; }
  const ResourceStore& store() const { return service_.store(); }
  void clear_faults() { faults_.clear(); }
  RequestLog& log() { return log_; }

 private:
  Status load() {
    LAKEFLOW_ASSIGN(FolderContents contents, load_folder(options_.folder));
    // One millisecond a request, the last of them now.
    TimestampMicros time = service_.clock().now() - static_cast<TimestampMicros>(contents.requests.size()) * 1000;
    for (auto& request : contents.requests) {
      service_.load(std::exchange(request, {}), time += 1000);
    }
    loaded_ = {.resources = contents.resources, .skipped = contents.skipped};
    return {};
  }

  Status listen() {
    server_.new_task_queue = [] { return std::make_unique<httplib::ThreadPool>(kThreads).release(); };
    server_.set_tcp_nodelay(true);
    server_.set_keep_alive_max_count(1'000'000);
    server_.set_keep_alive_timeout(1);
    const auto serve = [this](const httplib::Request& request, httplib::Response& response) { answer(request, response); };
    server_.Get(".*", serve).Post(".*", serve).Put(".*", serve).Delete(".*", serve);

    if (options_.port == 0) {
      port_ = server_.bind_to_any_port(kLoopback);
    } else if (server_.bind_to_port(kLoopback, options_.port)) {
      port_ = options_.port;
    }
    if (port_ <= 0) {
      return std::unexpected(
          Error::user(fmt::format("port {} of {} is taken or not allowed", options_.port, kLoopback), "choose another, or 0 for a free one"));
    }
    thread_ = std::jthread([this] { server_.listen_after_bind(); });
    // The server can be stopped only once it runs.
    for (int i = 0; i < 5000 && !server_.is_running(); ++i) {
      wait_for(stop_.get_token(), 1000);
    }
    return {};
  }

  FhirRequest translate(const httplib::Request& http) const {
    const std::string host = http.get_header_value("Host");
    FhirRequest request{.method = http.method == "HEAD" ? "GET" : http.method,
                        .segments = {},
                        .parameters = {},
                        .body = http.body,
                        .base_url = host.empty() ? base_url() : fmt::format("http://{}{}", host, kBase),
                        .if_match = http.get_header_value("If-Match"),
                        .if_none_match = http.get_header_value("If-None-Match"),
                        .strict = http.get_header_value("Prefer").contains("handling=strict")};
    split_url(http.target.substr(std::min(kBase.size(), http.target.size())), request.segments, request.parameters);
    if (request.segments.size() == 2 && request.segments[1] == "_search") {
      std::vector<std::string> none;
      split_url("?" + http.body, none, request.parameters);
    }
    return request;
  }

  // False where the request was refused.
  bool let_in(const httplib::Request& http, const FhirRequest& request, httplib::Response& response) const {
    const std::string_view subject = subject_of(request);
    if (subject == "metadata" || (!options_.bearer_token && !introspection_)) {
      return true;
    }
    const std::string authorization = http.get_header_value("Authorization");
    bool is_known = options_.bearer_token && authorization == "Bearer " + *options_.bearer_token;
    if (introspection_ && authorization.starts_with("Bearer ")) {
      const std::optional<std::string> scope = introspection_->scope_of(authorization.substr(std::string_view("Bearer ").size()));
      if (scope && !scope_lets_read(*scope, subject)) {
        answer_outcome(response, 403, "forbidden", "the token's scope does not allow this");
        return false;
      }
      is_known = scope.has_value();
    }
    if (!is_known) {
      response.set_header("WWW-Authenticate", "Bearer");
      answer_outcome(response, 401, "login", "the bearer token is missing or wrong");
    }
    return is_known;
  }

  void answer(const httplib::Request& http, httplib::Response& response) {
    const FhirRequest request = translate(http);
    response.set_header("Date", format_http_date(service_.clock().now()));
    if (!http.path.starts_with(kBase)) {
      answer_outcome(response, 404, "not-found", "the base of this server is /fhir");
    } else if (introspection_ && http.path == std::string(kBase) + "/.well-known/smart-configuration") {
      response.set_content(introspection_->smart_configuration(), "application/json");
    } else if (let_in(http, request, response) && !answer_fault(subject_of(request), response)) {
      answer_fhir(request, response);
    }
    log_.add({.method = http.method,
              .path = http.path,
              .query = shown(request.parameters),
              .had_authorization = http.has_header("Authorization"),
              .status = response.status});
    options_.log->log(LogLevel::kDebug, "answered", {{"method", http.method}, {"path", http.path}, {"status", std::to_string(response.status)}});
  }

  void answer_fhir(const FhirRequest& request, httplib::Response& response) {
    FhirAnswer answer = service_.answer(request);
    response.status = answer.status;
    if (answer.version != nullptr) {
      const ResourceVersion& version = *answer.version;
      response.set_header("ETag", entity_tag(version));
      response.set_header("Last-Modified", format_http_date(version.last_updated));
      if (answer.status == 201) {
        response.set_header("Location", fmt::format("{}/{}/{}/_history/{}", request.base_url, version.type, version.id, version.version));
      }
    }
    if (answer.body.empty()) {
      return;
    }
    if (faults_.strikes("cut-body", subject_of(request))) {
      cut_body(std::move(answer.body), response);
    } else {
      response.set_content(answer.body, kFhirJson);
    }
  }

  // The length of the whole is announced, half of it is sent, and the connection is closed.
  static void cut_body(std::string body, httplib::Response& response) {
    const std::size_t length = body.size();
    response.set_content_provider(length, kFhirJson, [body = std::move(body)](std::size_t offset, std::size_t, httplib::DataSink& sink) {
      return offset == 0 && sink.write(body.data(), body.size() / 2);
    });
  }

  // Answers in place of the service where a fault says so.
  bool answer_fault(std::string_view subject, httplib::Response& response) {
    if (const auto slow = faults_.strikes("slow", subject)) {
      wait_for(stop_.get_token(), parse_integer(*slow).value_or(0) * 1000);
    }
    if (faults_.strikes("hang", subject)) {
      wait_for(stop_.get_token(), kLongerThanAnyoneWaits);
      answer_outcome(response, 503, "transient", "the server was stopped");
      return true;
    }
    if (const auto status = faults_.strikes("status", subject)) {
      const auto code = static_cast<int>(parse_integer(*status).value_or(500));
      answer_outcome(response, code, code < 500 ? "processing" : "transient", "a fault that was asked for");
      return true;
    }
    if (const auto wait = faults_.strikes("throttle", subject)) {
      return answer_later(429, *wait, response);
    }
    if (const auto wait = faults_.strikes("unavailable", subject)) {
      return answer_later(503, *wait, response);
    }
    if (faults_.strikes("html", subject)) {
      response.status = 200;
      response.set_content("<!DOCTYPE html><html><head><title>Sign in</title></head><body><h1>Sign in</h1></body></html>", "text/html;charset=utf-8");
      return true;
    }
    return false;
  }

  bool answer_later(int status, const std::string& wait, httplib::Response& response) {
    // A date has whole seconds: rounded up, so that the second has passed by then.
    response.set_header("Retry-After", wait == "date" ? format_http_date(service_.clock().now() + 2 * kSecond - 1) : wait);
    answer_outcome(response, status, "throttled", "a fault that was asked for");
    return true;
  }

  const FhirSimulatorOptions options_;
  std::stop_source stop_;
  FaultPlan faults_;
  FhirService service_;
  RequestLog log_;
  std::optional<TokenIntrospection> introspection_;
  FhirSimulatorLoad loaded_;
  httplib::Server server_;
  int port_ = 0;
  std::jthread thread_;
};

Result<std::unique_ptr<FhirSimulator>> FhirSimulator::start(FhirSimulatorOptions options) {
  auto implementation = std::make_unique<Implementation>(std::move(options));
  LAKEFLOW_TRY(implementation->start());
  return std::unique_ptr<FhirSimulator>(std::make_unique<FhirSimulator>(Started{}, std::move(implementation)));
}

FhirSimulator::FhirSimulator(Started, std::unique_ptr<Implementation> implementation) : implementation_(std::move(implementation)) {}
FhirSimulator::~FhirSimulator() = default;

std::string FhirSimulator::base_url() const { return implementation_->base_url(); }
int FhirSimulator::port() const { return implementation_->port(); }
FhirSimulatorLoad FhirSimulator::load() const { return implementation_->loaded(); }
std::uint64_t FhirSimulator::resource_count() const { return implementation_->store().count(); }
Status FhirSimulator::inject(std::string_view fault) { return implementation_->inject(fault); }
void FhirSimulator::clear_faults() { implementation_->clear_faults(); }
std::vector<FhirSimulatorRequest> FhirSimulator::requests() const { return implementation_->log().all(); }
void FhirSimulator::forget_requests() { implementation_->log().clear(); }
void FhirSimulator::stop() { implementation_->stop(); }

}  // namespace lakeflow
