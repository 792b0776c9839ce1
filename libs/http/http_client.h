#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/logging.h"
#include "libs/http/credentials.h"
#include "libs/http/http_header.h"
#include "libs/http/proxy.h"
#include "libs/http/request_limits.h"
#include "libs/http/retry.h"
#include "libs/http/url.h"

namespace lakeflow {

// Shows a server who this client is (TLS with certificates on both sides). PEM files.
struct ClientCertificate {
  std::string certificate_file;  // with those between it and the authority; empty: none is shown
  std::string key_file;          // empty: in the certificate's file
  std::string key_password;
};

struct HttpClientOptions {
  // The first is the one that the user configured: its host may have a private address. The others may be reached by links and
  // redirects too, but a name among them must not resolve to a private address (an answer of the name service can't lead inside).
  // A request to any other origin is a source error.
  std::vector<Origin> allowed_origins;
  // Go with requests to allowed origins, but never with a redirect that leaves the origin of its request. None where it is null. Where the
  // answer is 401, they are renewed once and the request is sent again; then the 401 is the answer. What goes into the query is known to the
  // transfer alone: a link of the server that repeats it loses it, and no URL of an answer, an error or a log has it.
  std::shared_ptr<Credentials> credentials;
  bool allow_http = false;  // http to hosts other than this machine
  std::string ca_file;      // PEM; the system's authorities where it is empty. Certificates are always checked
  ClientCertificate client_certificate;
  ProxyOptions proxy;
  double connect_timeout = 20;                               // until the connection stands, TLS and proxy included
  double first_byte_timeout = 90;                            // from there to the first byte of the answer
  double stall_timeout = 60;                                 // between two bytes of the answer
  double request_timeout = 120;                              // of one attempt, from connection to last byte
  std::size_t maximum_body_bytes = std::size_t{256} << 20U;  // decompressed
  // Shared with the other clients of a connection; null: no limits.
  std::shared_ptr<RequestLimits> limits;
  RetryPolicy retry;
  // Is told of each exchange at kDebug (kHttpExchange), and of each wait.
  Logger* log = &silent_logger();
};

// The log line of each request that was sent, redirects and what was tried again each for itself. Its fields: method, url (as trace_url has it),
// status (or `failure`, what went wrong), attempt (from 1), sent_bytes and received_bytes (bodies as they were transferred), and the seconds until
// `connected`, `first_byte` and the end (`total`; 0 where it did not come so far).
inline constexpr std::string_view kHttpExchange = "http exchange";

struct HttpRequest {
  std::string method = "GET";
  std::string url = {};
  // As errors and logs name what was asked, where the path of `url` holds what may not stand there: a record's key. Empty: as redact_url has it.
  std::string shown_url = {};
  std::vector<HttpHeader> headers = {};
  std::string body = {};
  // Where set, makes the body of each attempt anew: what holds for once only may not be sent twice.
  std::function<Result<std::string>()> make_body = {};
  // Else a redirect is the answer: what the body holds is for this server alone.
  bool follow_redirects = true;
  // May be sent twice: a request that is tried again. (A POST that creates something may not.)
  bool repeatable = true;
  // A status that would be tried again is the answer, too.
  bool any_status_is_answer = false;
};

struct HttpResponse {
  int status = 0;
  std::string url;  // that answered, after redirects
  // By their names in lower case. Of several with one name it is the last; of Link all of them, as one list (RFC 8288 §3).
  std::map<std::string, std::string, std::less<>> headers;
  std::string body;                           // empty where it went to a BodySink
  std::size_t wire_bytes = 0;                 // the body's length as it was transferred
  std::vector<HttpHeader> header_lines = {};  // all of them, in order; names in lower case

  std::string_view header(std::string_view name) const;  // empty where there is none
};

// Takes a body as it comes, decompressed. An error that a sink returns ends the request.
class BodySink {
 public:
  virtual ~BodySink() = default;
  // Before the first byte of each attempt: forget what an earlier attempt wrote.
  virtual Status restart() = 0;
  virtual Status write(std::string_view bytes) = 0;
};

// Requests to a few allowed servers, with retries. Connections are kept and used again. Used by one thread at a time.
//
// send() returns the answer where there is one that is final: any status but a retryable one (retry.h), so a caller handles 401 or
// 404 itself (status_error() writes the error). A retryable status, a refused or reset connection, a timeout and a body that was cut
// are tried again within the retry budget. Then, and for certificates that don't hold, origins that are not allowed, bodies over the cap
// and unending redirects, it is a source error that carries the status and the redacted URL: never a body, a query or a token.
// A server that never answered at all is given up after a few seconds, as a wrong address is likelier than a restart.
// A stop interrupts a transfer and a wait at once: Error::interrupted.
class HttpClient {
  class Connection;

 public:
  static Result<std::unique_ptr<HttpClient>> make(HttpClientOptions options);
  explicit HttpClient(std::unique_ptr<Connection> connection);  // make() alone has one
  ~HttpClient();
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  Result<HttpResponse> send(const HttpRequest& request, const std::stop_token& stop = {});
  // The same, but the body of a 2xx answer goes to the sink, and has no cap.
  Result<HttpResponse> send(const HttpRequest& request, BodySink& sink, const std::stop_token& stop = {});

 private:
  std::unique_ptr<Connection> connection_;
};

// The source error of an answer that is no success, with what to do about it. Where it may lie in what was asked for (400, 422), it names the
// parameters of the query, and never their values.
Error status_error(const HttpResponse& response);
// The same, of an answer to this request, whose shown_url it names.
Error status_error(HttpResponse response, const HttpRequest& request);

}  // namespace lakeflow
