#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <mutex>

#include <fmt/format.h>

#include "base/redaction.h"
#include "libs/http/curl_transfer_internal.h"

namespace lakeflow {
namespace {

constexpr int kStallSeconds = 60;                              // a transfer of no byte for so long is dead
constexpr std::size_t kInflateFloor = std::size_t{16} << 20U;  // below this no ratio is suspicious
constexpr std::size_t kInflateRatio = 200;                     // FHIR JSON compresses to between a fifth and a fiftieth

struct Receiver {
  CURL* easy = nullptr;
  BodySink* sink = nullptr;
  const AttemptOptions* options = nullptr;
  HttpResponse response;
  std::optional<Error> problem;  // of the sink, or a cap
  std::size_t received = 0;      // decompressed
  bool refused_address = false;
};

long status_of(CURL* easy) {
  long status = 0;
  curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
  return status;
}

std::size_t wire_bytes_of(CURL* easy) {
  curl_off_t bytes = 0;
  curl_easy_getinfo(easy, CURLINFO_SIZE_DOWNLOAD_T, &bytes);
  return static_cast<std::size_t>(std::max<curl_off_t>(bytes, 0));
}

Status take_body(Receiver& receiver, std::string_view bytes) {
  const std::string place = redact_url(receiver.response.url);
  const long status = status_of(receiver.easy);
  const bool to_sink = receiver.sink != nullptr && status >= 200 && status < 300;
  receiver.received += bytes.size();
  if (receiver.received > kInflateFloor && receiver.received > kInflateRatio * std::max<std::size_t>(wire_bytes_of(receiver.easy), 1)) {
    return std::unexpected(Error::source(fmt::format("{} sent a body that grows more than {} times when it is decompressed", place, kInflateRatio)));
  }
  if (to_sink) {
    return receiver.sink->write(bytes);
  }
  if (receiver.received > receiver.options->maximum_body_bytes) {
    return std::unexpected(Error::source(fmt::format("{} sent a body of more than {} bytes", place, receiver.options->maximum_body_bytes),
                                         "ask for less at once (a smaller page_size) or raise the limit (max_page_bytes)"));
  }
  receiver.response.body.append(bytes);
  return {};
}

// libcurl's callbacks are C: nothing may be thrown through them.
std::size_t on_body(char* data, std::size_t size, std::size_t count, void* user) {
  auto& receiver = *static_cast<Receiver*>(user);
  try {
    if (Status taken = take_body(receiver, {data, size * count}); !taken) {
      receiver.problem = std::move(taken).error();
      return 0;
    }
  } catch (const std::exception& exception) {
    receiver.problem = Error::internal(fmt::format("receiving a body failed: {}", exception.what()));
    return 0;
  }
  return size * count;
}

std::size_t on_header(char* data, std::size_t size, std::size_t count, void* user) {
  auto& receiver = *static_cast<Receiver*>(user);
  std::string_view line(data, size * count);
  try {
    if (line.starts_with("HTTP/")) {
      receiver.response.headers.clear();  // a new answer, after 100 Continue
    } else if (const std::size_t colon = line.find(':'); colon != std::string_view::npos) {
      std::string name(line.substr(0, colon));
      std::ranges::transform(name, name.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
      line.remove_prefix(colon + 1);
      const std::size_t begin = std::min(line.find_first_not_of(" \t"), line.size());
      const std::size_t end = line.find_last_not_of(" \t\r\n") + 1;
      receiver.response.headers.insert_or_assign(std::move(name), begin < end ? std::string(line.substr(begin, end - begin)) : std::string());
    }
  } catch (const std::exception& exception) {
    receiver.problem = Error::internal(fmt::format("receiving a header failed: {}", exception.what()));
    return 0;
  }
  return size * count;
}

bool is_private(const sockaddr& address) {
  if (address.sa_family == AF_INET) {
    sockaddr_in in{};
    std::memcpy(&in, &address, sizeof in);
    const std::uint32_t ip = ntohl(in.sin_addr.s_addr);
    const auto within = [ip](std::uint32_t network, unsigned bits) { return (ip >> (32 - bits)) == (network >> (32 - bits)); };
    return within(0x00000000, 8) || within(0x0A000000, 8) || within(0x64400000, 10) || within(0x7F000000, 8) || within(0xA9FE0000, 16) ||
           within(0xAC100000, 12) || within(0xC0A80000, 16);
  }
  if (address.sa_family == AF_INET6) {
    sockaddr_in6 in{};
    std::memcpy(&in, &address, sizeof in);
    const unsigned char* ip = in.sin6_addr.s6_addr;
    const bool unspecified_or_loopback = std::all_of(ip, ip + 15, [](unsigned char byte) { return byte == 0; }) && ip[15] <= 1;
    const bool mapped = std::all_of(ip, ip + 10, [](unsigned char byte) { return byte == 0; }) && ip[10] == 0xFF;
    return unspecified_or_loopback || mapped || (ip[0] & 0xFEU) == 0xFC || (ip[0] == 0xFE && (ip[1] & 0xC0U) == 0x80);
  }
  return true;
}

curl_socket_t on_open_socket(void* user, curlsocktype, curl_sockaddr* address) {
  auto& receiver = *static_cast<Receiver*>(user);
  if (!receiver.options->private_addresses && is_private(address->addr)) {
    receiver.refused_address = true;
    return CURL_SOCKET_BAD;
  }
  return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

struct Verdict {
  std::string what;
  bool retryable = true;
  bool never_connected = false;
  std::string next_step = {};
};

Verdict verdict_of(CURLcode code) {
  switch (code) {
    case CURLE_COULDNT_RESOLVE_HOST: return {"its host name does not resolve", true, true};
    case CURLE_COULDNT_CONNECT: return {"it cannot be connected to", true, true};
    case CURLE_OPERATION_TIMEDOUT: return {"it did not answer in time"};
    case CURLE_PARTIAL_FILE:
      return {.what = "its answer was cut", .next_step = "something on the way may limit how long or large an answer is: ask for smaller pages"};
    case CURLE_GOT_NOTHING: return {"it closed the connection without an answer"};
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR: return {"the connection was reset"};
    case CURLE_HTTP2:
    case CURLE_HTTP2_STREAM: return {"the HTTP/2 stream was reset"};
    case CURLE_BAD_CONTENT_ENCODING: return {"the compression of its answer is broken"};
    case CURLE_PEER_FAILED_VERIFICATION: return {"its certificate does not hold", false};
    case CURLE_SSL_CACERT_BADFILE: return {"the file of certificate authorities (ca_file) cannot be read", false};
    case CURLE_SSL_CONNECT_ERROR: return {"no TLS connection could be made", false};
    default: return {curl_easy_strerror(code), false};
  }
}

void global_initialization() {
  static std::once_flag once;
  std::call_once(once, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
}

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

Attempt CurlTransfer::run(const HttpRequest& request, const std::vector<HttpHeader>& extra_headers, const AttemptOptions& options, BodySink* sink,
                          const std::stop_token& stop) {
  CURL* const easy = easy_.get();
  Receiver receiver{.easy = easy, .sink = sink, .options = &options, .response = {}, .problem = {}};
  receiver.response.url = request.url;
  if (sink != nullptr) {
    if (Status restarted = sink->restart(); !restarted) {
      return {.response = {}, .failure = std::move(restarted).error()};
    }
  }

  std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)> headers(nullptr, &curl_slist_free_all);
  const auto add_header = [&headers](const std::string& line) {
    curl_slist* const longer = curl_slist_append(headers.get(), line.c_str());
    static_cast<void>(headers.release());
    headers.reset(longer);
  };
  for (const HttpHeader& header : request.headers) {
    add_header(header.name + ": " + header.value);
  }
  for (const HttpHeader& header : extra_headers) {
    add_header(header.name + ": " + header.value);
  }
  add_header("Expect:");

  curl_easy_reset(easy);
  curl_easy_setopt(easy, CURLOPT_URL, request.url.c_str());
  curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers.get());
  curl_easy_setopt(easy, CURLOPT_USERAGENT, "lakeflow-connectors");
  curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, "gzip");
  curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(options.connect_timeout * 1000));
  curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, static_cast<long>(options.request_timeout * 1000));
  curl_easy_setopt(easy, CURLOPT_LOW_SPEED_LIMIT, 1L);
  curl_easy_setopt(easy, CURLOPT_LOW_SPEED_TIME, static_cast<long>(kStallSeconds));
  curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L);
  curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L);
  curl_easy_setopt(easy, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  if (!options.ca_file.empty()) {
    curl_easy_setopt(easy, CURLOPT_CAINFO, options.ca_file.c_str());
  }
  curl_easy_setopt(easy, CURLOPT_NOPROXY, is_loopback_host(origin_of(request.url).value_or(Origin{}).host) ? "*" : nullptr);
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, &on_body);
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, &receiver);
  curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, &on_header);
  curl_easy_setopt(easy, CURLOPT_HEADERDATA, &receiver);
  curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, &on_open_socket);
  curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, &receiver);
  if (request.method != "GET") {
    curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, request.method.c_str());
  }
  if (!request.body.empty() || request.method == "POST" || request.method == "PUT") {
    curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, request.body.c_str());
  }

  CURLM* const multi = multi_.get();
  curl_multi_add_handle(multi, easy);
  const std::stop_callback wake(stop, [multi] { curl_multi_wakeup(multi); });
  CURLcode code = CURLE_OK;
  bool running = true;
  while (running && !stop.stop_requested()) {
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
      curl_multi_poll(multi, nullptr, 0, 1000, nullptr);
    }
  }
  receiver.response.status = static_cast<int>(status_of(easy));
  receiver.response.wire_bytes = wire_bytes_of(easy);
  curl_multi_remove_handle(multi, easy);

  Attempt attempt;
  const std::string place = redact_url(request.url);
  if (running && stop.stop_requested()) {
    attempt.failure = Error::interrupted(fmt::format("stopped while {} was asked", place));
  } else if (receiver.problem) {
    attempt.failure = std::move(receiver.problem);
  } else if (receiver.refused_address) {
    attempt.failure = Error::source(fmt::format("{}: its host has a private address, to which links of a server may not lead", place),
                                    "name the address itself among the allowed origins, if this is meant");
  } else if (code != CURLE_OK) {
    const Verdict verdict = verdict_of(code);
    attempt.failure = Error::source(fmt::format("{}: {}", place, verdict.what), verdict.next_step);
    attempt.retryable = verdict.retryable;
    attempt.never_connected = verdict.never_connected;
  }
  attempt.response = std::move(receiver.response);
  return attempt;
}

}  // namespace lakeflow
