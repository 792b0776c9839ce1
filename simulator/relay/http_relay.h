#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "libs/http/http_header.h"

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

// Stands between a client and a source over HTTP or HTTPS, as a reverse proxy on loopback does, and misbehaves on demand: the real source, on a bad
// day. Where an answer names the source's own URL (in its body, in Link, Location) the relay's stands instead, so that a client stays with it.
//
// Requests are handed on as they came, but for the headers that are about the connection; answers come back decompressed. What the source itself
// fails to answer (and a status that asks to try again: 429, 502 …) is 502 here, with no body.
//
// Its faults are those of any HTTP server (simulator/http), by the names and schedules of simulator/faults, counted over its requests; and
//   redirect=other-host   redirects to the relay's other host, see strangers()
// Thread-safe.
class HttpRelay {
  class Implementation;

 public:
  // `upstream` is the base URL of the source ("https://fhir.example.org/r4"); `ca_file` as HttpClientOptions has it. Nothing is asked of it yet.
  static Result<std::unique_ptr<HttpRelay>> start(const std::string& upstream, const std::string& ca_file = {});
  explicit HttpRelay(std::unique_ptr<Implementation> implementation);  // start() alone has one
  ~HttpRelay();                                                        // stops

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
