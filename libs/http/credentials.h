#pragma once

#include <memory>
#include <stop_token>

#include "base/error.h"
#include "base/logging.h"
#include "libs/http/http_header.h"

namespace lakeflow {

// What lets requests in. Several clients of one connection share one: thread-safe.
class Credentials {
 public:
  virtual ~Credentials() = default;

  // The header of the next request. May ask a server for a token first; then its errors are those of that server, with what to do.
  virtual Result<HttpHeader> header(Logger& log, const std::stop_token& stop) = 0;

  // The server answered 401 to a request with this header: forget it. True where header() may give another one now.
  virtual bool renew(const HttpHeader& refused) = 0;
};

// The same header for ever: a key, a password, a token that somebody else renews.
std::shared_ptr<Credentials> fixed_credentials(HttpHeader header);

}  // namespace lakeflow
