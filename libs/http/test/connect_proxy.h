#pragma once

#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace lakeflow {

// A proxy on a free port of 127.0.0.1 that knows CONNECT alone (RFC 9110 §9.3.6), and leads to one port of this machine whatever host it is asked
// for: so a test may name hosts that are not there. Remembers the heads of the requests. One connection at a time.
class ConnectProxy {
 public:
  // With `authorization` set ("Basic dTpw"), it answers 407 to what lacks it; where `status` is not 200, that to everything.
  explicit ConnectProxy(int target_port, std::string authorization = {}, int status = 200)
      : target_port_(target_port),
        authorization_(std::move(authorization)),
        status_(status),
        listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address = loopback(0);
    socklen_t size = sizeof address;
    ::bind(listener_, reinterpret_cast<sockaddr*>(&address), size);
    ::listen(listener_, 8);
    ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
    url_ = "http://127.0.0.1:" + std::to_string(ntohs(address.sin_port));
    thread_ = std::jthread([this](const std::stop_token& stop) { serve(stop); });
  }
  ~ConnectProxy() {
    thread_.request_stop();
    thread_.join();
    ::close(listener_);
  }
  ConnectProxy(const ConnectProxy&) = delete;
  ConnectProxy& operator=(const ConnectProxy&) = delete;

  const std::string& url() const { return url_; }
  std::vector<std::string> heads() const {
    const std::lock_guard lock(mutex_);
    return heads_;
  }

 private:
  static sockaddr_in loopback(int port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    return address;
  }
  static bool readable(int file) {
    pollfd waiting{.fd = file, .events = POLLIN, .revents = 0};
    return ::poll(&waiting, 1, 20) > 0;
  }

  void serve(const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      if (readable(listener_)) {
        const int client = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
        answer(client, stop);
        ::close(client);
      }
    }
  }

  void answer(int client, const std::stop_token& stop) {
    std::string head;
    char c = 0;
    while (!head.ends_with("\r\n\r\n") && !stop.stop_requested()) {
      if (readable(client)) {
        if (::recv(client, &c, 1, 0) != 1) {
          return;
        }
        head.push_back(c);
      }
    }
    {
      const std::lock_guard lock(mutex_);
      heads_.push_back(head);
    }
    const bool let_in = authorization_.empty() || head.contains("Proxy-Authorization: " + authorization_ + "\r\n");
    if (!let_in || status_ != 200) {
      send(client, "HTTP/1.1 " + std::to_string(let_in ? status_ : 407) + " No\r\nProxy-Authenticate: Basic\r\nContent-Length: 0\r\n\r\n");
      return;
    }
    const int server = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address = loopback(target_port_);
    if (::connect(server, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0) {
      send(client, "HTTP/1.1 200 Established\r\n\r\n");
      while (!stop.stop_requested() && forward(client, server) && forward(server, client)) {
      }
    }
    ::close(server);
  }

  static void send(int to, const std::string& text) { static_cast<void>(::send(to, text.data(), text.size(), MSG_NOSIGNAL)); }

  // What is there; false at the end.
  static bool forward(int from, int to) {
    while (readable(from)) {
      char block[16384];
      const ssize_t count = ::recv(from, block, sizeof block, 0);
      if (count <= 0) {
        return false;
      }
      send(to, std::string(block, static_cast<std::size_t>(count)));
    }
    return true;
  }

  const int target_port_;
  const std::string authorization_;
  const int status_;
  const int listener_;
  std::string url_;
  mutable std::mutex mutex_;
  std::vector<std::string> heads_;
  std::jthread thread_;
};

}  // namespace lakeflow
