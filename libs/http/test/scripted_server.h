#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <httplib.h>

namespace lakeflow {

// A real HTTP server on a free port of 127.0.0.1, which answers as a test says, and remembers what it was asked.
class ScriptedServer {
 public:
  using Answer = std::function<void(const httplib::Request&, httplib::Response&)>;

  explicit ScriptedServer(Answer answer) : ScriptedServer(std::make_unique<httplib::Server>(), std::move(answer), "http") {}
  // A server of another kind, such as httplib::SSLServer.
  ScriptedServer(std::unique_ptr<httplib::Server> server, Answer answer, const std::string& scheme)
      : server_(std::move(server)), answer_(std::move(answer)) {
    server_->set_tcp_nodelay(true);
    server_->set_keep_alive_max_count(100000);
    const auto handle = [this](const httplib::Request& request, httplib::Response& response) {
      {
        const std::lock_guard lock(mutex_);
        requests_.push_back(request);
      }
      answer_(request, response);
    };
    server_->Get(".*", handle);
    server_->Post(".*", handle);
    const int port = server_->bind_to_any_port("127.0.0.1");
    url_ = scheme + "://127.0.0.1:" + std::to_string(port);
    thread_ = std::thread([this] { server_->listen_after_bind(); });
    while (!server_->is_running()) {
      std::this_thread::yield();
    }
  }
  ~ScriptedServer() {
    server_->stop();
    thread_.join();
  }
  ScriptedServer(const ScriptedServer&) = delete;
  ScriptedServer& operator=(const ScriptedServer&) = delete;

  // "http://127.0.0.1:12345"
  const std::string& url() const { return url_; }

  std::vector<httplib::Request> requests() const {
    const std::lock_guard lock(mutex_);
    return requests_;
  }
  std::size_t count() const { return requests().size(); }

 private:
  std::unique_ptr<httplib::Server> server_;
  Answer answer_;
  std::string url_;
  std::thread thread_;
  mutable std::mutex mutex_;
  std::vector<httplib::Request> requests_;
};

}  // namespace lakeflow
