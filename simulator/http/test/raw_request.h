#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

namespace lakeflow {

// A client that sees what comes over the wire, and how it ends.
struct RawReply {
  std::string bytes;
  bool was_reset = false;
  bool still_open = false;  // nothing more came for 300 ms

  std::string head() const { return bytes.substr(0, bytes.find("\r\n\r\n")); }
  std::string body() const {
    const auto end = bytes.find("\r\n\r\n");
    return end == std::string::npos ? std::string() : bytes.substr(end + 4);
  }
};

inline RawReply ask_raw(int port, const std::string& request) {
  RawReply reply;
  const int client = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  EXPECT_EQ(::connect(client, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  EXPECT_EQ(::send(client, request.data(), request.size(), MSG_NOSIGNAL), static_cast<ssize_t>(request.size()));
  std::array<char, 4096> buffer{};
  while (true) {  // until the connection ends or is quiet
    pollfd polled{.fd = client, .events = POLLIN, .revents = 0};
    if (::poll(&polled, 1, 300) == 0) {
      reply.still_open = true;
      break;
    }
    const ssize_t count = ::recv(client, buffer.data(), buffer.size(), 0);
    if (count <= 0) {
      reply.was_reset = count < 0 && errno == ECONNRESET;
      break;
    }
    reply.bytes.append(buffer.data(), static_cast<std::size_t>(count));
  }
  ::close(client);
  return reply;
}

inline RawReply get_raw(int port, std::string_view target) {
  return ask_raw(port, "GET " + std::string(target) + " HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(port) + "\r\n\r\n");
}

}  // namespace lakeflow
