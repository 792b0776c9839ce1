#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include <fmt/format.h>

#include "base/clock.h"
#include "simulator/http/server_connection_internal.h"

namespace lakeflow {
namespace {

using namespace std::chrono_literals;

constexpr auto kBetweenLooksAtTheStop = 50ms;
constexpr std::size_t kMostAtOnce = std::size_t{1} << 20U;
constexpr auto kPatience = 5000ms;  // for a client that sends or takes nothing in the middle of a request

bool is_ready(int socket, short events, std::chrono::milliseconds patience) {
  pollfd polled{.fd = socket, .events = events, .revents = 0};
  int ready = 0;
  do {
    ready = ::poll(&polled, 1, static_cast<int>(patience.count()));
  } while (ready < 0 && errno == EINTR);
  return ready > 0;
}

std::string_view reason_of(int status) {
  struct Reason {
    int status;
    std::string_view phrase;
  };
  static constexpr std::array kReasons = {Reason{200, "OK"},
                                          Reason{201, "Created"},
                                          Reason{204, "No Content"},
                                          Reason{301, "Moved Permanently"},
                                          Reason{302, "Found"},
                                          Reason{304, "Not Modified"},
                                          Reason{307, "Temporary Redirect"},
                                          Reason{400, "Bad Request"},
                                          Reason{401, "Unauthorized"},
                                          Reason{403, "Forbidden"},
                                          Reason{404, "Not Found"},
                                          Reason{405, "Method Not Allowed"},
                                          Reason{410, "Gone"},
                                          Reason{429, "Too Many Requests"},
                                          Reason{500, "Internal Server Error"},
                                          Reason{502, "Bad Gateway"},
                                          Reason{503, "Service Unavailable"},
                                          Reason{504, "Gateway Timeout"}};
  const auto found = std::ranges::find(kReasons, status, &Reason::status);
  return found == kReasons.end() ? "Status" : found->phrase;
}

// RFC 9112 §6.3: what ends with its header.
bool has_no_body(std::string_view method, int status) { return method == "HEAD" || status == 204 || status == 304; }

std::string head_of(const HttpAnswer& answer, bool keeps_open) {
  std::string head = fmt::format("HTTP/1.1 {} {}\r\n", answer.status, reason_of(answer.status));
  const auto add = [&](std::string_view name, std::string_view value) { head += fmt::format("{}: {}\r\n", name, value); };
  if (!answer.content_type.empty()) {
    add("Content-Type", answer.content_type);
  }
  bool has_date = false;
  for (const HttpHeader& header : answer.headers) {
    add(header.name, header.value);
    has_date = has_date || header.name == "Date" || header.name == "date";
  }
  if (!has_date) {
    add("Date", format_http_date(now_micros()));
  }
  if (answer.status != 204 && answer.status != 304) {
    add("Content-Length", std::to_string(answer.announced_length.value_or(answer.body.size())));
  }
  add("Connection", keeps_open ? "keep-alive" : "close");
  return head + "\r\n";
}

}  // namespace

ServerConnection::~ServerConnection() {
  if (tls_ != nullptr) {
    SSL_shutdown(tls_.get());
  }
  ::shutdown(socket_, SHUT_RDWR);
  ::close(socket_);
}

bool ServerConnection::begin_tls(SSL_CTX* context) {
  tls_.reset(SSL_new(context));
  const bool agreed = tls_ != nullptr && SSL_set_fd(tls_.get(), socket_) == 1 && SSL_accept(tls_.get()) == 1;
  if (!agreed) {
    tls_.reset();
  }
  return agreed;
}

bool ServerConnection::wait_for_request(std::chrono::milliseconds patience, const std::stop_token& stop) {
  for (; patience > 0ms && !stop.stop_requested(); patience -= kBetweenLooksAtTheStop) {
    if ((tls_ != nullptr && SSL_pending(tls_.get()) > 0) || is_ready(socket_, POLLIN, std::min(patience, kBetweenLooksAtTheStop))) {
      return true;
    }
  }
  return false;
}

bool ServerConnection::send_answer(std::string_view method, bool keeps_open, const std::stop_token& stop) {
  if (!answer_) {
    return keeps_open;
  }
  const HttpAnswer answer = *std::move(answer_);
  answer_.reset();
  const std::string_view body = has_no_body(method, answer.status) ? std::string_view() : std::string_view(answer.body);
  const bool silent = answer.sent_bytes == 0 && (answer.ending == HttpAnswer::Ending::kReset || answer.ending == HttpAnswer::Ending::kStall);
  if (!silent && (!send(head_of(answer, keeps_open)) || !send(body.substr(0, answer.sent_bytes)))) {
    return false;
  }
  if (answer.ending == HttpAnswer::Ending::kReset) {
    reset();
  }
  // Until the client gives up.
  while (answer.ending == HttpAnswer::Ending::kStall && !stop.stop_requested() && !is_ready(socket_, POLLIN, kBetweenLooksAtTheStop)) {
  }
  // A length that is wrong leaves the two sides apart on where the next answer begins.
  return keeps_open && answer.ending == HttpAnswer::Ending::kWhole && !answer.announced_length;
}

void ServerConnection::reset() {
  const linger at_once{.l_onoff = 1, .l_linger = 0};
  ::setsockopt(socket_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  // Closes the connection but keeps the number, which the destructor frees: with a null address family it is a disconnect, and with SO_LINGER a
  // reset.
  const sockaddr nobody{.sa_family = AF_UNSPEC, .sa_data = {}};
  ::connect(socket_, &nobody, sizeof nobody);
}

bool ServerConnection::send(std::string_view bytes) {
  while (!bytes.empty()) {
    if (!is_writable()) {
      return false;
    }
    const ssize_t sent = tls_ == nullptr ? ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL)
                                         : SSL_write(tls_.get(), bytes.data(), static_cast<int>(std::min(bytes.size(), kMostAtOnce)));
    if (sent <= 0) {
      return false;
    }
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

bool ServerConnection::is_readable() const { return (tls_ != nullptr && SSL_pending(tls_.get()) > 0) || is_ready(socket_, POLLIN, kPatience); }
bool ServerConnection::is_writable() const { return is_ready(socket_, POLLOUT, kPatience); }

ssize_t ServerConnection::read(char* bytes, std::size_t size) {
  if (!is_readable()) {
    return -1;
  }
  return tls_ == nullptr ? ::recv(socket_, bytes, size, 0) : SSL_read(tls_.get(), bytes, static_cast<int>(std::min(size, kMostAtOnce)));
}

ssize_t ServerConnection::write(const char* bytes, std::size_t size) {
  if (!answer_ && !send({bytes, size})) {
    return -1;
  }
  return static_cast<ssize_t>(size);
}

void ServerConnection::get_remote_ip_and_port(std::string& ip, int& port) const {
  ip = "127.0.0.1";
  port = socket_;  // by which the server knows the connection of a request
}

void ServerConnection::get_local_ip_and_port(std::string& ip, int& port) const {
  ip = "127.0.0.1";
  port = 0;
}

}  // namespace lakeflow
