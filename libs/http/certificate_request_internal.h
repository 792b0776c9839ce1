#pragma once

#include <curl/curl.h>

namespace lakeflow {

// Notes whether a server asked for a client certificate when a connection to it was made. With TLS 1.3 a client that shows none thinks
// itself connected and is refused afterwards; where its request is under way by then, TCP resets the connection, and the reason that
// the server gave is lost (RFC 8446 §4.4.2.4; RFC 9293 §3.5.2). That it had asked is all that tells such a refusal from any other reset.
class CertificateRequest {
 public:
  // To be called for each transfer; the object must outlive the handle's connections.
  void listen(CURL* easy);
  // Since `listen` was called last: in no case where a connection was used again.
  bool seen() const { return seen_; }

 private:
  bool seen_ = false;
};

}  // namespace lakeflow
