// Pages for tools on the same machine.

#include "libs/endpoint/loopback_endpoint.h"

#include <chrono>

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace lakeflow {
namespace {

using namespace std::chrono_literals;
using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;

std::unique_ptr<LoopbackEndpoint> start(std::string_view address = "127.0.0.1:0") {
  Result<std::unique_ptr<LoopbackEndpoint>> started = LoopbackEndpoint::start(
      address, {{"/metrics", [] { return LoopbackEndpoint::Page{.status = 200, .content_type = "text/plain", .body = std::string(100'000, 'm')}; }},
                {"/healthz", [] { return LoopbackEndpoint::Page{.status = 503, .content_type = "text/plain", .body = "ill\n"}; }}});
  EXPECT_TRUE(started.has_value()) << (started ? "" : started.error().message());
  return started ? *std::move(started) : nullptr;
}

int port_of(const LoopbackEndpoint& endpoint) { return std::stoi(endpoint.url().substr(endpoint.url().rfind(':') + 1)); }

int connect_to(int port) {
  const int client = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  EXPECT_EQ(::connect(client, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  return client;
}

std::string exchange(int port, const std::string& request) {
  const int client = connect_to(port);
  EXPECT_EQ(::send(client, request.data(), request.size(), MSG_NOSIGNAL), static_cast<ssize_t>(request.size()));
  std::string response;
  char buffer[4096];
  for (ssize_t got = ::recv(client, buffer, sizeof buffer, 0); got > 0; got = ::recv(client, buffer, sizeof buffer, 0)) {
    response.append(buffer, static_cast<std::size_t>(got));
  }
  ::close(client);
  return response;
}

TEST(LoopbackEndpoint, AnswersWithItsPages) {
  const auto endpoint = start();
  const int port = port_of(*endpoint);
  const std::string metrics = exchange(port, "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_THAT(metrics, StartsWith("HTTP/1.1 200 OK\r\n"));
  EXPECT_THAT(metrics, HasSubstr("Content-Length: 100000\r\n"));
  EXPECT_THAT(metrics, EndsWith(std::string(100'000, 'm')));
  EXPECT_THAT(exchange(port, "GET /healthz?verbose HTTP/1.0\r\n\r\n"), testing::AllOf(StartsWith("HTTP/1.1 503 "), EndsWith("\r\n\r\nill\n")));
  EXPECT_THAT(exchange(port, "GET /etc/passwd HTTP/1.1\r\n\r\n"), StartsWith("HTTP/1.1 404 "));
  EXPECT_THAT(exchange(port, "DELETE /metrics HTTP/1.1\r\n\r\n"), StartsWith("HTTP/1.1 405 "));
}

TEST(LoopbackEndpoint, ASlowClientDoesNotKeepOthersAwayForLong) {
  const auto endpoint = start();
  const int slow = connect_to(port_of(*endpoint));
  const auto began = std::chrono::steady_clock::now();
  EXPECT_THAT(exchange(port_of(*endpoint), "GET /healthz HTTP/1.1\r\n\r\n"), StartsWith("HTTP/1.1 503 "));
  EXPECT_LT(std::chrono::steady_clock::now() - began, 2s);
  ::close(slow);
}

TEST(LoopbackEndpoint, EndsAtOnce) {
  auto endpoint = start();
  const int idle = connect_to(port_of(*endpoint));
  const auto began = std::chrono::steady_clock::now();
  endpoint.reset();
  EXPECT_LT(std::chrono::steady_clock::now() - began, 300ms);
  ::close(idle);
}

TEST(LoopbackEndpoint, ARequestWithoutEndIsLetGo) {
  const auto endpoint = start();
  const int client = connect_to(port_of(*endpoint));
  const std::string words(1 << 20, 'x');
  ::send(client, words.data(), words.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  EXPECT_THAT(exchange(port_of(*endpoint), "GET /healthz HTTP/1.1\r\n\r\n"), StartsWith("HTTP/1.1 503 "));
  ::close(client);
}

TEST(LoopbackEndpoint, OtherAddressesThanThisMachinesAreRefused) {
  for (const char* address : {"0.0.0.0:0", "10.0.0.1:9464", "example.org:80", "127.0.0.1", "127.0.0.1:99999", "127.0.0.1:x", "[::]:0", ":9464", ""}) {
    const auto endpoint = LoopbackEndpoint::start(address, {});
    ASSERT_FALSE(endpoint.has_value()) << address;
    EXPECT_EQ(endpoint.error().kind(), ErrorKind::kUser) << address;
  }
}

TEST(LoopbackEndpoint, APortThatIsTakenIsAnError) {
  const auto endpoint = start();
  const auto second = LoopbackEndpoint::start("127.0.0.1:" + std::to_string(port_of(*endpoint)), {});
  ASSERT_FALSE(second.has_value());
  EXPECT_THAT(second.error().next_step(), HasSubstr("another port"));
}

}  // namespace
}  // namespace lakeflow
