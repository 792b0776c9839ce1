#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <stop_token>
#include <string_view>

#include <httplib.h>
#include <openssl/ssl.h>

#include "simulator/http/http_answer.h"

namespace lakeflow {

// One client's connection: what cpp-httplib reads requests from, while what is sent is up to us, byte for byte. Used by one thread.
class ServerConnection : public httplib::Stream {
 public:
  // Owns the socket.
  explicit ServerConnection(int socket) : socket_(socket) {}
  ~ServerConnection() override;
  ServerConnection(const ServerConnection&) = delete;
  ServerConnection& operator=(const ServerConnection&) = delete;

  // False where the client does not agree.
  bool begin_tls(SSL_CTX* context);

  // True when the next request begins; false where none comes in time, the client has gone, or a stop is asked for.
  bool wait_for_request(std::chrono::milliseconds patience, const std::stop_token& stop);

  // What is to be sent for the request that is being read, in place of what cpp-httplib writes from here on.
  void set_answer(HttpAnswer answer) { answer_ = std::move(answer); }
  // Sends the answer that was set, if one was. False where the connection must not be used again.
  bool send_answer(std::string_view method, bool keeps_open, const std::stop_token& stop);

  bool is_readable() const override;
  bool is_writable() const override;
  ssize_t read(char* bytes, std::size_t size) override;
  ssize_t write(const char* bytes, std::size_t size) override;
  void get_remote_ip_and_port(std::string& ip, int& port) const override;
  void get_local_ip_and_port(std::string& ip, int& port) const override;
  int socket() const override { return socket_; }

 private:
  bool send(std::string_view bytes);
  void reset();

  const int socket_;
  std::unique_ptr<SSL, decltype(&SSL_free)> tls_{nullptr, &SSL_free};  // null: none
  std::optional<HttpAnswer> answer_;
};

}  // namespace lakeflow
