#include <algorithm>
#include <array>
#include <mutex>

#include <fmt/format.h>

#include "base/redaction.h"
#include "libs/http/curl_receiver_internal.h"
#include "libs/http/curl_transfer_internal.h"

namespace lakeflow {
namespace {

using Clock = CurlReceiver::Clock;
using Headers = std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)>;

struct Verdict {
  std::string_view what;
  bool retryable = true;
  bool never_connected = false;
  std::string_view next_step = {};
};

Verdict verdict_of(CURLcode code) {
  switch (code) {
    case CURLE_COULDNT_RESOLVE_HOST: return {"its host name does not resolve", true, true};
    case CURLE_COULDNT_RESOLVE_PROXY: return {"the proxy's host name does not resolve", true, true, "check proxy, or https_proxy in the environment"};
    case CURLE_COULDNT_CONNECT: return {"it cannot be connected to", true, true};
    case CURLE_OPERATION_TIMEDOUT: return {"its answer was not whole in time (request_timeout)"};
    case CURLE_PARTIAL_FILE:
      return {.what = "its answer was cut", .next_step = "something on the way may limit how long or large an answer is: ask for smaller pages"};
    case CURLE_GOT_NOTHING: return {"it closed the connection without an answer"};
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR: return {"the connection was reset"};
    case CURLE_HTTP2:
    case CURLE_HTTP2_STREAM: return {"the HTTP/2 stream was reset"};
    case CURLE_BAD_CONTENT_ENCODING: return {"the compression of its answer is broken"};
    case CURLE_PEER_FAILED_VERIFICATION:
      return {"its certificate does not hold", false, false, "if a private authority signed it, name that authority's certificate (ca_file)"};
    case CURLE_SSL_CACERT_BADFILE: return {"the file of certificate authorities (ca_file) cannot be read", false};
    case CURLE_SSL_CERTPROBLEM:
      return {"the client certificate (client_cert_file) or its key can't be used", false, false,
              "give both as PEM, the key of that certificate (client_key_file), and its password where it has one (client_key_password)"};
    case CURLE_SSL_CONNECT_ERROR: return {"no TLS connection could be made", false};
    default: return {curl_easy_strerror(code), false};
  }
}

bool is_reset(CURLcode code) { return code == CURLE_SEND_ERROR || code == CURLE_RECV_ERROR || code == CURLE_GOT_NOTHING; }

// What libcurl's code alone does not tell.
Verdict verdict_of(CURLcode code, CURL* easy, std::string_view details, bool certificate_was_asked_for) {
  long proxy_answer = 0;
  curl_easy_getinfo(easy, CURLINFO_HTTP_CONNECTCODE, &proxy_answer);
  if (proxy_answer == 407) {
    return {"the proxy asks for a user and a password (407)", false, false, "set proxy_username and proxy_password"};
  }
  if (proxy_answer >= 400) {
    return {"the proxy refuses to lead there", proxy_answer >= 500, false, "let it, or set proxy to none where the host can be reached without"};
  }
  // TLS 1.3 lets a server refuse a client after the client has thought itself connected.
  if (details.contains("certificate required") || details.contains("alert bad certificate") || details.contains("alert unknown ca")) {
    return {"it refuses the connection without a client certificate that it knows", false, false, "set client_cert_file and client_key_file"};
  }
  if (is_reset(code) && certificate_was_asked_for) {
    return {"it closed the connection after it had asked for a client certificate", true, true,
            "set client_cert_file and client_key_file to a certificate that it knows"};
  }
  if (details.contains("alert handshake failure")) {
    return {"no TLS connection could be made", false, false, "if it asks for client certificates, set client_cert_file and client_key_file"};
  }
  if (code == CURLE_OPERATION_TIMEDOUT) {
    curl_off_t connected = 0;
    curl_easy_getinfo(easy, CURLINFO_PRETRANSFER_TIME_T, &connected);
    if (connected == 0) {
      return {"it cannot be connected to in time (connect_timeout)", true, true};
    }
  }
  return verdict_of(code);
}

constexpr Verdict kNoFirstByte{.what = "it did not begin to answer in time (first_byte_timeout)"};
constexpr Verdict kStalled{.what = "it began to answer and then sent nothing more (stall_timeout)"};

void global_initialization() {
  static std::once_flag once;
  std::call_once(once, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
}

double seconds_of(CURL* easy, CURLINFO what) {
  curl_off_t micros = 0;
  curl_easy_getinfo(easy, what, &micros);
  return static_cast<double>(micros) / 1e6;
}

// How long what is waited for may still last. `began` is when the transfer did.
struct Patience {
  double seconds = 0;
  Verdict verdict;
};

std::optional<Patience> patience(const CurlReceiver& receiver, Clock::time_point began) {
  const auto since = [](Clock::time_point time) { return std::chrono::duration<double>(Clock::now() - time).count(); };
  if (receiver.began) {
    return Patience{receiver.options->http->stall_timeout - since(receiver.last_byte), kStalled};
  }
  const double connected = seconds_of(receiver.easy, CURLINFO_PRETRANSFER_TIME_T);
  if (connected > 0) {
    return Patience{receiver.options->http->first_byte_timeout - (since(began) - connected), kNoFirstByte};
  }
  return std::nullopt;  // not connected yet: libcurl's own timeout
}

Headers headers_of(const HttpRequest& request) {
  Headers headers(nullptr, &curl_slist_free_all);
  const auto add = [&headers](const std::string& line) {
    curl_slist* const longer = curl_slist_append(headers.get(), line.c_str());
    static_cast<void>(headers.release());
    headers.reset(longer);
  };
  for (const HttpHeader& header : request.headers) {
    add(header.name + ": " + header.value);
  }
  add("Expect:");
  return headers;
}

long milliseconds(double seconds) { return std::max(1L, static_cast<long>(seconds * 1000)); }

}  // namespace

Result<std::unique_ptr<CurlTransfer>> CurlTransfer::make() {
  global_initialization();
  Multi multi(curl_multi_init(), &curl_multi_cleanup);
  Easy easy(curl_easy_init(), &curl_easy_cleanup);
  if (!multi || !easy) {
    return std::unexpected(Error::internal("libcurl could not be started"));
  }
  return std::make_unique<CurlTransfer>(std::move(multi), std::move(easy));
}

void CurlTransfer::set_up(const HttpRequest& request, curl_slist* headers, const AttemptOptions& options) {
  CURL* const easy = easy_.get();
  const HttpClientOptions& http = *options.http;
  curl_easy_reset(easy);
  curl_easy_setopt(easy, CURLOPT_URL, request.url.c_str());
  curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
  curl_easy_setopt(easy, CURLOPT_USERAGENT, "lakeflow-connectors");
  curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, "gzip");
  curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, milliseconds(http.connect_timeout));
  curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, milliseconds(http.request_timeout));
  curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L);
  curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L);
  curl_easy_setopt(easy, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  if (!http.ca_file.empty()) {
    curl_easy_setopt(easy, CURLOPT_CAINFO, http.ca_file.c_str());
  }
  if (!http.client_certificate.certificate_file.empty()) {
    const ClientCertificate& client = http.client_certificate;
    curl_easy_setopt(easy, CURLOPT_SSLCERT, client.certificate_file.c_str());
    curl_easy_setopt(easy, CURLOPT_SSLKEY, client.key_file.empty() ? client.certificate_file.c_str() : client.key_file.c_str());
    // Without one OpenSSL would ask at the terminal.
    curl_easy_setopt(easy, CURLOPT_KEYPASSWD, client.key_password.c_str());
  }
  certificate_request_.listen(easy);
  // Which proxy is decided by proxy_for: libcurl's own look into the environment is switched off by an empty text.
  curl_easy_setopt(easy, CURLOPT_PROXY, options.proxy.c_str());
  curl_easy_setopt(easy, CURLOPT_NOPROXY, options.proxy.empty() ? "*" : "");
  curl_easy_setopt(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  if (!options.proxy.empty() && !http.proxy.username.empty()) {
    curl_easy_setopt(easy, CURLOPT_PROXYUSERNAME, http.proxy.username.c_str());
    curl_easy_setopt(easy, CURLOPT_PROXYPASSWORD, http.proxy.password.c_str());
  }
  if (request.method != "GET") {
    curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, request.method.c_str());
  }
  if (!request.body.empty() || request.method == "POST" || request.method == "PUT") {
    curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, request.body.c_str());
  }
}

Attempt CurlTransfer::run(const HttpRequest& request, const AttemptOptions& options, BodySink* sink, const std::stop_token& stop) {
  CURL* const easy = easy_.get();
  if (sink != nullptr) {
    if (Status restarted = sink->restart(); !restarted) {
      return {.response = {}, .failure = std::move(restarted).error()};
    }
  }
  const Headers headers = headers_of(request);
  set_up(request, headers.get(), options);
  std::array<char, CURL_ERROR_SIZE> details{};
  curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, details.data());
  CurlReceiver receiver{.easy = easy, .sink = sink, .options = &options, .response = {}, .problem = {}};
  receiver.response.url = request.shown_url.empty() ? request.url : request.shown_url;
  receiver.listen();

  CURLM* const multi = multi_.get();
  const Clock::time_point began = Clock::now();
  curl_multi_add_handle(multi, easy);
  const std::stop_callback wake(stop, [multi] { curl_multi_wakeup(multi); });
  CURLcode code = CURLE_OK;
  std::optional<Verdict> lost_patience;
  bool running = true;
  while (running && !lost_patience && !stop.stop_requested()) {
    int active = 0;
    if (curl_multi_perform(multi, &active) != CURLM_OK) {
      code = CURLE_FAILED_INIT;
      break;
    }
    int queued = 0;
    while (const CURLMsg* message = curl_multi_info_read(multi, &queued)) {
      if (message->msg == CURLMSG_DONE) {
        code = message->data.result;
        running = false;
      }
    }
    if (running && active > 0) {
      const std::optional<Patience> left = patience(receiver, began);
      if (left && left->seconds <= 0) {
        lost_patience = left->verdict;
      } else {
        curl_multi_poll(multi, nullptr, 0, static_cast<int>(1000 * std::clamp(left ? left->seconds : 1, 0.001, 1.0)), nullptr);
      }
    }
  }
  receiver.response.status = status_of(easy);
  receiver.response.wire_bytes = wire_bytes_of(easy);

  Attempt attempt;
  attempt.times = {.connected = seconds_of(easy, CURLINFO_PRETRANSFER_TIME_T),
                   .first_byte = seconds_of(easy, CURLINFO_STARTTRANSFER_TIME_T),
                   .total = std::chrono::duration<double>(Clock::now() - began).count()};
  const std::string place = request.shown_url.empty() ? redact_url(request.url) : request.shown_url;
  if (running && !lost_patience && stop.stop_requested()) {
    attempt.failure = Error::interrupted(fmt::format("stopped while {} was asked", place));
    attempt.trouble = "stopped";
  } else if (receiver.problem) {
    attempt.failure = std::move(receiver.problem);
    attempt.trouble = "the answer was not taken";
  } else if (receiver.refused_address) {
    attempt.failure = Error::source(fmt::format("{}: its host has a private address, to which links of a server may not lead", place),
                                    "name the address itself among the allowed origins, if this is meant");
    attempt.trouble = "a private address";
  } else if (lost_patience || code != CURLE_OK) {
    const Verdict verdict = lost_patience ? *lost_patience : verdict_of(code, easy, details.data(), certificate_request_.seen() && !receiver.began);
    attempt.failure = Error::source(fmt::format("{}: {}", place, verdict.what), std::string(verdict.next_step));
    attempt.retryable = verdict.retryable;
    attempt.never_connected = verdict.never_connected;
    attempt.trouble = verdict.what;
  }
  curl_multi_remove_handle(multi, easy);
  curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, nullptr);
  attempt.response = std::move(receiver.response);
  return attempt;
}

}  // namespace lakeflow
