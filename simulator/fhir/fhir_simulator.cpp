#include "simulator/fhir/fhir_simulator.h"

#include <algorithm>
#include <stop_token>
#include <utility>

#include <fmt/format.h>

#include "simulator/faults/fault_plan.h"
#include "simulator/fhir/bundle_text.h"
#include "simulator/fhir/fhir_service.h"
#include "simulator/fhir/folder_loader.h"
#include "simulator/fhir/token_introspection.h"
#include "simulator/http/http_faults.h"
#include "simulator/http/http_server.h"
#include "simulator/http/request_target.h"

namespace lakeflow {
namespace {

constexpr std::string_view kBase = "/fhir";
constexpr const char* kFhirJson = "application/fhir+json;charset=utf-8";

HttpAnswer outcome(int status, std::string_view code, std::string_view diagnostics) {
  return {.status = status, .content_type = kFhirJson, .body = operation_outcome("error", code, diagnostics)};
}

// A fault's answer, in FHIR's words.
HttpAnswer fault_outcome(int status, std::string_view reason) {
  const std::string_view code = status == 429 ? "throttled" : status < 500 ? "processing" : "transient";
  return outcome(status, code, reason);
}

}  // namespace

class FhirSimulator::Implementation {
 public:
  explicit Implementation(FhirSimulatorOptions options)
      : options_(std::move(options)),
        faults_(options_.seed),
        http_faults_(faults_, stop_.get_token(), fault_outcome),
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
    LAKEFLOW_ASSIGN(server_, HttpServer::start(options_.port, [this](const ReceivedRequest& request) { return answer(request); }));
    return {};
  }

  void stop() {
    stop_.request_stop();
    if (server_ != nullptr) {
      server_->stop();
    }
  }

  std::string base_url() const { return server_->origin() + std::string(kBase); }
  int port() const { return server_->port(); }
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

  static FhirRequest translate(const ReceivedRequest& http) {
    FhirRequest request{.method = http.method == "HEAD" ? "GET" : http.method,
                        .segments = {},
                        .parameters = {},
                        .body = http.body,
                        .base_url = fmt::format("http://{}{}", http.header("Host"), kBase),
                        .if_match = std::string(http.header("If-Match")),
                        .if_none_match = std::string(http.header("If-None-Match")),
                        .strict = http.header("Prefer").contains("handling=strict")};
    split_url(http.target.substr(std::min(kBase.size(), http.target.size())), request.segments, request.parameters);
    if (request.segments.size() == 2 && request.segments[1] == "_search") {
      std::vector<std::string> none;
      split_url("?" + http.body, none, request.parameters);
    }
    return request;
  }

  // The refusal of a request that has no right to what it asks for.
  std::optional<HttpAnswer> refuse_entry(const ReceivedRequest& http, std::string_view subject) const {
    if (subject == "metadata" || (!options_.bearer_token && !introspection_)) {
      return std::nullopt;
    }
    const std::string_view authorization = http.header("Authorization");
    bool is_known = options_.bearer_token && authorization == "Bearer " + *options_.bearer_token;
    if (introspection_ && authorization.starts_with("Bearer ")) {
      const std::optional<std::string> scope = introspection_->scope_of(std::string(authorization.substr(std::string_view("Bearer ").size())));
      if (scope && !scope_lets_read(*scope, subject)) {
        return outcome(403, "forbidden", "the token's scope does not allow this");
      }
      is_known = scope.has_value();
    }
    if (is_known) {
      return std::nullopt;
    }
    HttpAnswer refusal = outcome(401, "login", "the bearer token is missing or wrong");
    refusal.headers.push_back({.name = "WWW-Authenticate", .value = "Bearer"});
    return refusal;
  }

  // Called by many threads at once.
  HttpAnswer answer(const ReceivedRequest& http) {
    const FhirRequest request = translate(http);
    const std::string path = percent_decode(http.path());
    HttpAnswer made = answer(http, request, path);
    made.headers.push_back({.name = "Date", .value = format_http_date(service_.clock().now())});
    log_.add({.method = http.method,
              .host = std::string(http.header("Host")),
              .path = path,
              .query = shown_query(request.parameters),
              .had_authorization = http.has_header("Authorization"),
              .status = made.status});
    options_.log->log(LogLevel::kDebug, "answered", {{"method", http.method}, {"path", path}, {"status", std::to_string(made.status)}});
    return made;
  }

  HttpAnswer answer(const ReceivedRequest& http, const FhirRequest& request, std::string_view path) {
    if (!path.starts_with(kBase)) {
      return outcome(404, "not-found", "the base of this server is /fhir");
    }
    if (introspection_ && path == std::string(kBase) + "/.well-known/smart-configuration") {
      return {.content_type = "application/json", .body = introspection_->smart_configuration()};
    }
    const std::string_view subject = subject_of(request);
    if (auto refusal = refuse_entry(http, subject)) {
      return *std::move(refusal);
    }
    auto fault = http_faults_.answer(http, subject, service_.clock().now());
    HttpAnswer made = fault ? *std::move(fault) : answer_fhir(request);
    http_faults_.spoil(subject, made);
    return made;
  }

  HttpAnswer answer_fhir(const FhirRequest& request) {
    FhirAnswer answer = service_.answer(request);
    HttpAnswer made{.status = answer.status};
    if (answer.version != nullptr) {
      const ResourceVersion& version = *answer.version;
      made.headers.push_back({.name = "ETag", .value = entity_tag(version)});
      made.headers.push_back({.name = "Last-Modified", .value = format_http_date(version.last_updated)});
      if (answer.status == 201) {
        made.headers.push_back(
            {.name = "Location", .value = fmt::format("{}/{}/{}/_history/{}", request.base_url, version.type, version.id, version.version)});
      }
    }
    if (!answer.body.empty()) {
      made.content_type = kFhirJson;
      made.body = std::move(answer.body);
    }
    return made;
  }

  const FhirSimulatorOptions options_;
  std::stop_source stop_;
  FaultPlan faults_;
  HttpFaults http_faults_;
  FhirService service_;
  RequestLog log_;
  std::optional<TokenIntrospection> introspection_;
  FhirSimulatorLoad loaded_;
  std::unique_ptr<HttpServer> server_;
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
std::vector<AnsweredRequest> FhirSimulator::requests() const { return implementation_->log().all(); }
void FhirSimulator::forget_requests() { implementation_->log().clear(); }
void FhirSimulator::stop() { implementation_->stop(); }

}  // namespace lakeflow
