#include "libs/http/curl_receiver_internal.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

#include <fmt/format.h>

#include "base/redaction.h"

namespace lakeflow {

int status_of(CURL* easy) {
  long status = 0;
  curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
  return static_cast<int>(status);
}

std::size_t wire_bytes_of(CURL* easy) {
  curl_off_t bytes = 0;
  curl_easy_getinfo(easy, CURLINFO_SIZE_DOWNLOAD_T, &bytes);
  return static_cast<std::size_t>(std::max<curl_off_t>(bytes, 0));
}

namespace {

constexpr std::size_t kInflateFloor = std::size_t{16} << 20U;  // below this no ratio is suspicious
constexpr std::size_t kInflateRatio = 200;                     // FHIR JSON compresses to between a fifth and a fiftieth

Status take_body(CurlReceiver& receiver, std::string_view bytes) {
  const std::string place = redact_url(receiver.response.url);
  const int status = status_of(receiver.easy);
  const bool to_sink = receiver.sink != nullptr && status >= 200 && status < 300;
  receiver.received += bytes.size();
  if (receiver.received > kInflateFloor && receiver.received > kInflateRatio * std::max<std::size_t>(wire_bytes_of(receiver.easy), 1)) {
    return std::unexpected(Error::source(fmt::format("{} sent a body that grows more than {} times when it is decompressed", place, kInflateRatio)));
  }
  if (to_sink) {
    return receiver.sink->write(bytes);
  }
  if (receiver.received > receiver.options->http->maximum_body_bytes) {
    return std::unexpected(Error::source(fmt::format("{} sent a body of more than {} bytes", place, receiver.options->http->maximum_body_bytes),
                                         "ask for less at once (a smaller page_size) or raise the limit (max_page_bytes)"));
  }
  receiver.response.body.append(bytes);
  return {};
}

void take_header(HttpHeader header, HttpResponse& response) {
  response.header_lines.push_back(header);
  const auto before = response.headers.find(header.name);
  if (before != response.headers.end() && header.name == "link") {
    before->second += ", " + header.value;  // the link that leads on may stand in any of them
  } else {
    response.headers.insert_or_assign(std::move(header.name), std::move(header.value));
  }
}

// libcurl's callbacks are C: nothing may be thrown through them.
std::size_t on_body(char* data, std::size_t size, std::size_t count, void* user) {
  auto& receiver = *static_cast<CurlReceiver*>(user);
  receiver.last_byte = CurlReceiver::Clock::now();
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
  auto& receiver = *static_cast<CurlReceiver*>(user);
  std::string_view line(data, size * count);
  receiver.began = true;
  receiver.last_byte = CurlReceiver::Clock::now();
  try {
    if (line.starts_with("HTTP/")) {
      receiver.response.headers.clear();  // a new answer, after 100 Continue
      receiver.response.header_lines.clear();
    } else if (const std::size_t colon = line.find(':'); colon != std::string_view::npos) {
      std::string name(line.substr(0, colon));
      std::ranges::transform(name, name.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
      line.remove_prefix(colon + 1);
      const std::size_t begin = std::min(line.find_first_not_of(" \t"), line.size());
      const std::size_t end = line.find_last_not_of(" \t\r\n") + 1;
      take_header({std::move(name), begin < end ? std::string(line.substr(begin, end - begin)) : std::string()}, receiver.response);
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
  auto& receiver = *static_cast<CurlReceiver*>(user);
  if (!receiver.options->private_addresses && is_private(address->addr)) {
    receiver.refused_address = true;
    return CURL_SOCKET_BAD;
  }
  return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

}  // namespace

void CurlReceiver::listen() {
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, &on_body);
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, this);
  curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, &on_header);
  curl_easy_setopt(easy, CURLOPT_HEADERDATA, this);
  curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, &on_open_socket);
  curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, this);
}

}  // namespace lakeflow
