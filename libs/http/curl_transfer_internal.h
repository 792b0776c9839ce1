#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include <curl/curl.h>

#include "libs/http/certificate_request_internal.h"
#include "libs/http/http_client.h"

namespace lakeflow {

// How long an attempt took, in seconds from its beginning; 0 where it did not come so far.
struct AttemptTimes {
  double connected = 0;   // TLS and proxy included
  double first_byte = 0;  // of the answer
  double total = 0;
};

// What one attempt came to.
struct Attempt {
  HttpResponse response;          // of use where `failure` is empty; with a status of 0 where no answer came
  std::optional<Error> failure;   // the transfer failed: no answer, or half of one
  bool retryable = false;         // the failure may pass
  bool never_connected = false;   // the failure came before a connection stood, or was sure to
  std::string_view trouble = {};  // of a failed transfer: what it was, without where
  AttemptTimes times = {};
};

struct AttemptOptions {
  const HttpClientOptions* http = nullptr;
  std::string proxy;               // empty: none
  bool private_addresses = false;  // the host may have one; where there is a proxy, what is connected to is the proxy
};

// One attempt at a time on connections that are kept. libcurl's multi interface, so that a stop wakes a transfer that hangs.
class CurlTransfer {
 public:
  using Easy = std::unique_ptr<CURL, decltype(&curl_easy_cleanup)>;
  using Multi = std::unique_ptr<CURLM, decltype(&curl_multi_cleanup)>;

  static Result<std::unique_ptr<CurlTransfer>> make();
  CurlTransfer(Multi multi, Easy easy) : multi_(std::move(multi)), easy_(std::move(easy)) {}

  // Sends the request to its URL, without following redirects. The body goes to the sink (may be null) where the status is 2xx, else into
  // the response. An interrupted attempt has a failure of kind interrupted.
  Attempt run(const HttpRequest& request, const AttemptOptions& options, BodySink* sink, const std::stop_token& stop);

 private:
  void set_up(const HttpRequest& request, curl_slist* headers, const AttemptOptions& options);

  CertificateRequest certificate_request_;
  Multi multi_;
  Easy easy_;  // destroyed first: it belongs to the multi handle's connections
};

}  // namespace lakeflow
