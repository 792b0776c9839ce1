#pragma once

#include <cstdint>
#include <memory>
#include <stop_token>
#include <string>

#include "base/error.h"
#include "base/logging.h"
#include "libs/http/http_header.h"

namespace lakeflow {

// What goes with a request so that it is let in: a header, or a parameter of its query.
struct Credential {
  enum class Place : std::uint8_t { kHeader, kQuery };
  std::string name;
  std::string value;
  Place place = Place::kHeader;
  bool operator==(const Credential&) const = default;
};

// What lets requests in. Several clients of one connection share one: thread-safe.
class Credentials {
 public:
  virtual ~Credentials() = default;

  // What goes with the next request. May ask a server for a token first; then its errors are those of that server, with what to do.
  virtual Result<Credential> next(Logger& log, const std::stop_token& stop) = 0;

  // The server answered 401 to a request with this: forget it. True where next() may give another one now.
  virtual bool renew(const Credential& refused) = 0;
};

// The same for ever: a key, a password, a token that somebody else renews.
std::shared_ptr<Credentials> fixed_credentials(HttpHeader header);
std::shared_ptr<Credentials> fixed_credentials_in_query(std::string parameter, std::string key);

}  // namespace lakeflow
