#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/logging.h"
#include "libs/http/http_header.h"
#include "simulator/http/http_answer.h"

namespace lakeflow {

// A request as it came to a relay, and what it was answered.
struct RelayedRequest {
  std::chrono::steady_clock::time_point at;  // when it came
  std::string method;
  std::string target;
  std::vector<HttpHeader> headers;
  std::string body;
  int status = 0;           // of the answer; 0 where the connection broke before any
  bool is_spoiled = false;  // by a fault
};

// One exchange with the source itself.
struct RelayedExchange {
  ReceivedRequest request;  // as the client sent it
  HttpAnswer answer;        // as the source gave it, its links leading to the relay; before any fault
  std::string base_url;     // of the relay
};

struct HttpRelayOptions {
  std::string upstream;        // the base URL of the source: "https://fhir.example.org/r4"
  std::string ca_file = {};    // as HttpClientOptions has it
  int port = 0;                // on 127.0.0.1; 0: a free one
  std::uint64_t seed = 1;      // decides what a percentage hits
  bool allow_http = true;      // http to hosts other than this machine: the connection of the client decides about that
  bool keeps_requests = true;  // for requests(): all of them, until they are forgotten
  // Is told of each exchange, before the answer is sent. Called by many threads at once.
  std::function<void(const RelayedExchange&)> on_exchange = nullptr;
  Logger* log = &silent_logger();  // outlives the relay; a warning where the source gave no answer, and why
};

// Stands between a client and a source over HTTP or HTTPS, as a reverse proxy on loopback does, and misbehaves on demand: the real source, on a bad
// day. Where an answer names the source's own URL (in its body, in Link, Location) the relay's stands instead, so that a client stays with it.
//
// Requests are handed on as they came, but for the headers that are about the connection; answers come back decompressed. What the source itself
// fails to answer is 502 here, with a body that says no more. Nothing is tried again.
//
// Its faults are those of any HTTP server (simulator/http), by the names and schedules of simulator/faults, counted over its requests; a subject is
// the first part of the path below the upstream's. And
//   redirect=other-host   redirects to the relay's other host, see strangers()
// Thread-safe.
class HttpRelay {
  class Implementation;

 public:
  // `upstream` is the base URL of the source ("https://fhir.example.org/r4"); `ca_file` as HttpClientOptions has it. Nothing is asked of it yet.
  // A user error where it could never be asked: it is no URL, or one without encryption where that is not allowed.
  static Result<std::unique_ptr<HttpRelay>> start(const std::string& upstream, const std::string& ca_file = {}) {
    return start({.upstream = upstream, .ca_file = ca_file});
  }
  static Result<std::unique_ptr<HttpRelay>> start(HttpRelayOptions options);
  explicit HttpRelay(std::unique_ptr<Implementation> implementation);  // start() alone has one
  ~HttpRelay();                                                        // stops

  // Answers nothing any more, and waits for what is under way. May be called again.
  void stop();

  // The upstream's, at the relay: "http://127.0.0.1:41234/r4".
  std::string base_url() const;

  // Adds a fault, counted from here on ("status=500:#3" is the third request from now); or ends all of them.
  Status inject(std::string_view fault);
  void clear_faults();

  // The requests since the last call of forget().
  std::vector<RelayedRequest> requests() const;
  // Those that came to another host than the relay's, to which a fault redirects: another origin, that has no business with the client. It answers
  // 403.
  std::vector<RelayedRequest> strangers() const;
  void forget();

 private:
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace lakeflow
