#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "base/error.h"
#include "simulator/http/http_answer.h"

namespace lakeflow {

// An HTTP/1.1 server on loopback for simulated source systems. It knows no protocol above HTTP: a handler is given each request and says what is
// sent, down to a length that is wrong or a connection that breaks. Date, Content-Length and Connection are written where the answer has none.
//
// Over TLS it has a certificate of its own, and can show bad ones.
//
// Thread-safe. Up to 64 connections are served at a time. Starting one makes the process ignore SIGPIPE (cpp-httplib does).
struct HttpServerOptions {
  int port = 0;  // on 127.0.0.1; 0: a free one
  bool https = false;
  // Asked at each connection which certificate is shown: "" the good one, "expired", "wrong-host", "self-signed"; or "cut", which ends it at once.
  std::function<std::string()> certificate_kind = nullptr;
};

class HttpServer {
  class Implementation;

 public:
  // Called from many threads at once; must end soon after a stop is asked for by its owner.
  using Handler = std::function<HttpAnswer(const ReceivedRequest&)>;

  // A user error where the port is taken.
  static Result<std::unique_ptr<HttpServer>> start(HttpServerOptions options, Handler handler);
  static Result<std::unique_ptr<HttpServer>> start(int port, Handler handler) { return start({.port = port}, std::move(handler)); }
  explicit HttpServer(std::unique_ptr<Implementation> implementation);  // start() alone has one
  ~HttpServer();                                                        // stops

  int port() const;
  std::string origin() const;  // "http://127.0.0.1:41234"
  // In PEM, for clients that shall trust it; empty without https. Made anew with each server.
  std::string certificate() const;

  // Takes no request any more, ends what stalls, and waits for the handlers. May be called again.
  void stop();

 private:
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace lakeflow
