#include "simulator/http/http_server.h"

#include <sys/socket.h>

#include <functional>
#include <mutex>
#include <stop_token>
#include <string>
#include <thread>
#include <unordered_map>
#include <utility>

#include <fmt/format.h>
#include <httplib.h>

#include "simulator/http/server_connection_internal.h"
#include "simulator/http/server_tls.h"
#include "simulator/http/stoppable_wait.h"

namespace lakeflow {
namespace {

using namespace std::chrono_literals;

constexpr const char* kLoopback = "127.0.0.1";
// A kept connection holds a thread, and so does one that stalls.
constexpr std::size_t kThreads = 64;
constexpr auto kIdle = 1000ms;

// Headers that cpp-httplib adds for its own use.
bool is_of_the_library(std::string_view name) {
  return name == "REMOTE_ADDR" || name == "REMOTE_PORT" || name == "LOCAL_ADDR" || name == "LOCAL_PORT";
}

ReceivedRequest received(const httplib::Request& request, bool https) {
  ReceivedRequest made{.method = request.method, .target = request.target, .headers = {}, .body = request.body, .scheme = https ? "https" : "http"};
  for (const auto& [name, value] : request.headers) {
    if (!is_of_the_library(name)) {
      made.headers.push_back({.name = name, .value = value});
    }
  }
  return made;
}

}  // namespace

// cpp-httplib accepts connections and reads requests; what is sent, and how a connection ends, is ServerConnection's.
class HttpServer::Implementation : public httplib::Server {
 public:
  Implementation(HttpServerOptions options, HttpServer::Handler handler) : options_(std::move(options)), handler_(std::move(handler)) {}
  ~Implementation() override { stop_and_join(); }

  Status start() {
    if (options_.https) {
      LAKEFLOW_ASSIGN(tls_, ServerTls::make());
    }
    // cpp-httplib owns what this returns.
    new_task_queue = [] { return std::make_unique<httplib::ThreadPool>(kThreads).release(); };
    set_tcp_nodelay(true);
    // Not SO_REUSEPORT, as cpp-httplib has it: two servers would share a port, and the requests to it.
    set_socket_options([](int socket) {
      const int yes = 1;
      ::setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    });
    const auto serve = [this](const httplib::Request& request, httplib::Response& response) { answer(request, response); };
    Get(".*", serve).Post(".*", serve).Put(".*", serve).Patch(".*", serve).Delete(".*", serve).Options(".*", serve);
    if (options_.port == 0) {
      port_ = bind_to_any_port(kLoopback);
    } else if (bind_to_port(kLoopback, options_.port)) {
      port_ = options_.port;
    }
    if (port_ <= 0) {
      return std::unexpected(
          Error::user(fmt::format("port {} of {} is taken or not allowed", options_.port, kLoopback), "choose another, or 0 for a free one"));
    }
    thread_ = std::jthread([this] { listen_after_bind(); });
    // The server can be stopped only once it runs.
    for (int i = 0; i < 5000 && !is_running(); ++i) {
      wait_for(stop_.get_token(), 1000);
    }
    return {};
  }

  void stop_and_join() {
    stop_.request_stop();
    stop();
    if (thread_.joinable()) {
      thread_.join();
    }
  }

  int port() const { return port_; }
  std::string origin() const { return fmt::format("{}://{}:{}", tls_ == nullptr ? "http" : "https", kLoopback, port_); }
  std::string certificate() const { return tls_ == nullptr ? std::string() : tls_->certificate(); }

 private:
  bool process_and_close_socket(int socket) override {
    ServerConnection connection(socket);
    if (tls_ != nullptr) {
      SSL_CTX* const context = tls_->context(options_.certificate_kind ? options_.certificate_kind() : std::string());
      if (context == nullptr || !connection.begin_tls(context)) {
        return true;
      }
    }
    {
      const std::scoped_lock lock(mutex_);
      connections_.emplace(socket, &connection);
    }
    bool keeps_open = true;
    while (keeps_open && connection.wait_for_request(kIdle, stop_.get_token())) {
      std::string method;
      bool closes = false;
      const bool was_read = read_request(*this, connection, closes, [&](const httplib::Request& request) { method = request.method; });
      keeps_open = connection.send_answer(method, was_read && !closes, stop_.get_token());
    }
    const std::scoped_lock lock(mutex_);
    connections_.erase(socket);
    return true;
  }

  // cpp-httplib 0.16 began to ask for the addresses, which it had taken from the stream by itself. A template, as only there what a library
  // lacks can be asked for.
  template <typename Server>
  static bool read_request(Server& server, ServerConnection& connection, bool& closes, const std::function<void(httplib::Request&)>& set_up) {
    if constexpr (requires { server.process_request(connection, false, closes, set_up); }) {
      return server.process_request(connection, false, closes, set_up);
    } else {
      std::string ip;
      int remote_port = 0;
      connection.get_remote_ip_and_port(ip, remote_port);
      return server.process_request(connection, ip, remote_port, ip, remote_port, false, closes, set_up);
    }
  }

  void answer(const httplib::Request& request, httplib::Response& response) {
    response.status = 200;  // of an answer that is not sent: the connection has ours
    HttpAnswer made = handler_(received(request, tls_ != nullptr));
    const std::scoped_lock lock(mutex_);
    connections_.at(request.remote_port)->set_answer(std::move(made));
  }

  const HttpServerOptions options_;
  const HttpServer::Handler handler_;
  std::unique_ptr<ServerTls> tls_;
  std::stop_source stop_;
  std::mutex mutex_;
  std::unordered_map<int, ServerConnection*> connections_;  // by their sockets
  int port_ = 0;
  std::jthread thread_;
};

Result<std::unique_ptr<HttpServer>> HttpServer::start(HttpServerOptions options, Handler handler) {
  auto implementation = std::make_unique<Implementation>(std::move(options), std::move(handler));
  LAKEFLOW_TRY(implementation->start());
  return std::make_unique<HttpServer>(std::move(implementation));
}

HttpServer::HttpServer(std::unique_ptr<Implementation> implementation) : implementation_(std::move(implementation)) {}
HttpServer::~HttpServer() = default;

int HttpServer::port() const { return implementation_->port(); }
std::string HttpServer::origin() const { return implementation_->origin(); }
std::string HttpServer::certificate() const { return implementation_->certificate(); }
void HttpServer::stop() { implementation_->stop_and_join(); }

}  // namespace lakeflow
