#include "simulator/api/api_simulator.h"

#include <stop_token>
#include <utility>

#include "simulator/api/api_service.h"
#include "simulator/http/http_server.h"
#include "simulator/http/request_target.h"

namespace lakeflow {

class ApiSimulator::Implementation {
 public:
  Implementation(ApiDescription description, const ApiSimulatorOptions& options)
      : log_(options.log), faults_(options.seed), service_(std::move(description), faults_, stop_.get_token(), options.seed) {}
  ~Implementation() { stop(); }

  Status start(const ApiSimulatorOptions& options) {
    for (const std::string& fault : service_.description().faults) {
      if (Status injected = inject(fault); !injected) {
        return std::unexpected(injected.error().at(options.description.string()));
      }
    }
    for (const std::string& fault : options.faults) {
      LAKEFLOW_TRY(inject(fault));
    }
    LAKEFLOW_TRY(service_.load());
    const auto certificate_kind = [this] { return faults_.strikes("bad-tls", "").value_or(""); };
    LAKEFLOW_ASSIGN(server_, HttpServer::start({.port = options.port, .https = service_.description().https, .certificate_kind = certificate_kind},
                                               [this](const ReceivedRequest& request) { return answer(request); }));
    return {};
  }

  void stop() {
    stop_.request_stop();
    if (server_ != nullptr) {
      server_->stop();
    }
  }

  Status inject(std::string_view text) {
    LAKEFLOW_ASSIGN(Fault fault, parse_fault(text, api_fault_kinds()));
    if (fault.name == "bad-tls" && !service_.description().https) {
      return std::unexpected(Error::user("bad-tls needs a source with TLS", "write https: true into its description"));
    }
    faults_.add(std::move(fault));
    return {};
  }

  std::string base_url() const {
    std::string url = server_->origin();
    for (const std::string& part : service_.description().base_path) {
      url += "/" + part;
    }
    return url;
  }

  int port() const { return server_->port(); }
  std::string certificate() const { return server_->certificate(); }
  FaultPlan& faults() { return faults_; }
  ApiService& service() { return service_; }
  RequestLog& requests() { return requests_; }

 private:
  HttpAnswer answer(const ReceivedRequest& request) {
    HttpAnswer made = service_.answer(request);
    std::vector<std::string> segments;
    QueryParameters parameters;
    split_url(request.target, segments, parameters);
    const std::string path = percent_decode(request.path());
    requests_.add({.method = request.method,
                   .host = std::string(request.header("Host")),
                   .path = path,
                   .query = shown_query(parameters),
                   .had_authorization = request.has_header("Authorization"),
                   .status = made.status,
                   .reason = made.reason});
    if (made.reason.empty()) {
      log_->log(LogLevel::kDebug, "answered", {{"method", request.method}, {"path", path}, {"status", std::to_string(made.status)}});
    } else {
      log_->log(LogLevel::kDebug, "refused",
                {{"method", request.method}, {"path", path}, {"status", std::to_string(made.status)}, {"reason", made.reason}});
    }
    return made;
  }

  Logger* const log_;
  std::stop_source stop_;
  FaultPlan faults_;
  ApiService service_;
  RequestLog requests_;
  std::unique_ptr<HttpServer> server_;
};

Result<std::unique_ptr<ApiSimulator>> ApiSimulator::start(ApiSimulatorOptions options) {
  LAKEFLOW_ASSIGN(ApiDescription description, read_api_description(options.description));
  auto implementation = std::make_unique<Implementation>(std::move(description), options);
  LAKEFLOW_TRY(implementation->start(options));
  return std::make_unique<ApiSimulator>(Started{}, std::move(implementation));
}

ApiSimulator::ApiSimulator(Started, std::unique_ptr<Implementation> implementation) : implementation_(std::move(implementation)) {}
ApiSimulator::~ApiSimulator() = default;

std::string ApiSimulator::base_url() const { return implementation_->base_url(); }
int ApiSimulator::port() const { return implementation_->port(); }
std::string ApiSimulator::certificate() const { return implementation_->certificate(); }
Status ApiSimulator::inject(std::string_view fault) { return implementation_->inject(fault); }
void ApiSimulator::clear_faults() { implementation_->faults().clear(); }
std::vector<AnsweredRequest> ApiSimulator::requests() const { return implementation_->requests().all(); }
void ApiSimulator::forget_requests() { implementation_->requests().clear(); }
ApiCoverage ApiSimulator::coverage() const { return implementation_->service().coverage(); }
Status ApiSimulator::put(std::string_view endpoint, std::string record) { return implementation_->service().put(endpoint, std::move(record)); }
Status ApiSimulator::remove(std::string_view endpoint, std::string_view key) { return implementation_->service().remove(endpoint, key); }
std::uint64_t ApiSimulator::record_count(std::string_view endpoint) const { return implementation_->service().record_count(endpoint); }
Result<std::string> ApiSimulator::put_like(std::string_view endpoint, std::string_view name, int revision, TimestampMicros late) {
  return implementation_->service().put_like(endpoint, name, revision, late);
}
Result<ApiEndpoint> ApiSimulator::endpoint(std::string_view name) const { return implementation_->service().endpoint(name); }
void ApiSimulator::stop() { implementation_->stop(); }

}  // namespace lakeflow
