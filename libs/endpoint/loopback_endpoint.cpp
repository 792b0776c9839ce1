#include "libs/endpoint/loopback_endpoint.h"

#include <array>
#include <cerrno>
#include <chrono>
#include <system_error>
#include <thread>
#include <utility>

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/options.h"

namespace lakeflow {
namespace {

using Clock = std::chrono::steady_clock;

// One client is answered at a time, so each has to be quick.
constexpr std::chrono::milliseconds kPatience{500};
constexpr std::size_t kLongestRequest = 8192;
constexpr int kWaitingClients = 16;

struct Address {
  std::string host;
  sockaddr_storage storage{};
  socklen_t size = 0;
};

Result<Address> parse_address(std::string_view text) {
  const auto refused = [&](const std::string& what) {
    return std::unexpected(Error::user(fmt::format("the address {} {}", text, what), "write it as 127.0.0.1:9464; port 0 is any that is free"));
  };
  const std::size_t colon = text.rfind(':');
  const std::optional<std::int64_t> port = colon == std::string_view::npos ? std::nullopt : parse_integer(text.substr(colon + 1));
  if (!port || *port < 0 || *port > 65535) {
    return refused("has no port from 0 to 65535");
  }
  // Numbers alone are looked at: what a name means may change.
  Address address{.host = std::string(text.substr(0, colon))};
  if (address.host == "localhost") {
    address.host = "127.0.0.1";
  }
  if (address.host == "127.0.0.1") {
    auto& ipv4 = reinterpret_cast<sockaddr_in&>(address.storage);
    ipv4.sin_family = AF_INET;
    ipv4.sin_port = htons(static_cast<std::uint16_t>(*port));
    ipv4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.size = sizeof ipv4;
  } else if (address.host == "[::1]") {
    auto& ipv6 = reinterpret_cast<sockaddr_in6&>(address.storage);
    ipv6.sin6_family = AF_INET6;
    ipv6.sin6_port = htons(static_cast<std::uint16_t>(*port));
    ipv6.sin6_addr = in6addr_loopback;
    address.size = sizeof ipv6;
  } else {
    return refused("is not this machine's own (127.0.0.1, [::1] or localhost), and others must not reach it");
  }
  return address;
}

// "/metrics" of "GET /metrics?x HTTP/1.1"; empty where it is no GET.
std::string path_of(std::string_view request) {
  constexpr std::string_view kGet = "GET ";
  if (!request.starts_with(kGet)) {
    return {};
  }
  request.remove_prefix(kGet.size());
  return std::string(request.substr(0, request.find_first_of(" ?\r\n")));
}

std::string_view reason(int status) {
  switch (status) {
    case 200: return "OK";
    case 404: return "Not Found";
    case 405: return "Method Not Allowed";
    default: return "Service Unavailable";
  }
}

std::string response_text(const LoopbackEndpoint::Page& page) {
  return fmt::format("HTTP/1.1 {} {}\r\nContent-Type: {}\r\nContent-Length: {}\r\nCache-Control: no-store\r\nConnection: close\r\n\r\n{}",
                     page.status, reason(page.status), page.content_type, page.body.size(), page.body);
}

}  // namespace

class LoopbackEndpoint::Implementation {
 public:
  explicit Implementation(Pages pages) : pages_(std::move(pages)), stopped_(::eventfd(0, EFD_CLOEXEC)) {}

  ~Implementation() {
    ::eventfd_write(stopped_, 1);
    if (thread_.joinable()) {
      thread_.join();
    }
    for (const int file : {listening_, stopped_}) {
      if (file >= 0) {
        ::close(file);
      }
    }
  }
  Implementation(const Implementation&) = delete;
  Implementation& operator=(const Implementation&) = delete;

  Status listen(std::string_view text) {
    LAKEFLOW_ASSIGN(Address address, parse_address(text));
    auto* name = reinterpret_cast<sockaddr*>(&address.storage);
    listening_ = ::socket(address.storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    const int yes = 1;  // a process that has just ended leaves connections behind, which must not keep the next one from its port
    if (listening_ < 0 || ::setsockopt(listening_, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) != 0 || ::bind(listening_, name, address.size) != 0 ||
        ::listen(listening_, kWaitingClients) != 0 || ::getsockname(listening_, name, &address.size) != 0) {
      return std::unexpected(Error::user(fmt::format("the address {} can't be used ({})", text, std::generic_category().message(errno)),
                                         "choose another port, or 0 for any that is free"));
    }
    const in_port_t port = address.storage.ss_family == AF_INET ? reinterpret_cast<sockaddr_in&>(address.storage).sin_port
                                                                : reinterpret_cast<sockaddr_in6&>(address.storage).sin6_port;
    url_ = fmt::format("http://{}:{}", address.host, ntohs(port));
    thread_ = std::thread([this] { serve(); });
    return {};
  }

  const std::string& url() const { return url_; }

 private:
  void serve() const {
    while (wait_for(listening_, POLLIN, std::nullopt)) {
      const int client = ::accept4(listening_, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
      if (client >= 0) {
        answer(client);
        ::close(client);
      }
    }
  }

  void answer(int client) const {
    const Clock::time_point deadline = Clock::now() + kPatience;
    std::string request;
    std::array<char, 2048> buffer{};
    while (request.find("\r\n\r\n") == std::string::npos) {
      if (request.size() > kLongestRequest || !wait_for(client, POLLIN, deadline)) {
        return;
      }
      const ssize_t got = ::recv(client, buffer.data(), buffer.size(), 0);
      if (got <= 0) {
        return;
      }
      request.append(buffer.data(), static_cast<std::size_t>(got));
    }
    const std::string response = response_text(page_for(path_of(request)));
    std::string_view rest = response;
    while (!rest.empty() && wait_for(client, POLLOUT, deadline)) {
      const ssize_t sent = ::send(client, rest.data(), rest.size(), MSG_NOSIGNAL);
      if (sent < 0) {
        return;
      }
      rest.remove_prefix(static_cast<std::size_t>(sent));
    }
    ::shutdown(client, SHUT_WR);
  }

  Page page_for(const std::string& path) const {
    if (path.empty()) {
      return {.status = 405, .content_type = "text/plain", .body = "only GET is understood\n"};
    }
    const auto page = pages_.find(path);
    return page == pages_.end() ? Page{.status = 404, .content_type = "text/plain", .body = "there is no such page\n"} : page->second();
  }

  // False at the deadline and at the endpoint's end.
  bool wait_for(int file, short events, std::optional<Clock::time_point> deadline) const {
    while (true) {  // ends with one of the three, but for signals
      std::array<pollfd, 2> files = {pollfd{.fd = file, .events = events, .revents = 0}, pollfd{.fd = stopped_, .events = POLLIN, .revents = 0}};
      int milliseconds = -1;
      if (deadline) {
        milliseconds = static_cast<int>(std::max<std::int64_t>(0, std::chrono::ceil<std::chrono::milliseconds>(*deadline - Clock::now()).count()));
      }
      const int ready = ::poll(files.data(), files.size(), milliseconds);
      if (ready < 0 && errno == EINTR) {
        continue;
      }
      return ready > 0 && files[1].revents == 0;
    }
  }

  const Pages pages_;
  const int stopped_;  // eventfd
  int listening_ = -1;
  std::string url_;
  std::thread thread_;
};

LoopbackEndpoint::LoopbackEndpoint(std::unique_ptr<Implementation> implementation) : implementation_(std::move(implementation)) {}
LoopbackEndpoint::~LoopbackEndpoint() = default;

Result<std::unique_ptr<LoopbackEndpoint>> LoopbackEndpoint::start(std::string_view address, Pages pages) {
  auto implementation = std::make_unique<Implementation>(std::move(pages));
  LAKEFLOW_TRY(implementation->listen(address));
  return std::unique_ptr<LoopbackEndpoint>(new LoopbackEndpoint(std::move(implementation)));
}

const std::string& LoopbackEndpoint::url() const { return implementation_->url(); }

}  // namespace lakeflow
