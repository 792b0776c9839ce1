#include "simulator/http/http_server.h"

#include <chrono>
#include <thread>

#include <gmock/gmock.h>
#include <httplib.h>

#include "simulator/http/test/raw_request.h"

namespace lakeflow {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

std::unique_ptr<HttpServer> serve(HttpServer::Handler handler) {
  auto server = HttpServer::start(0, std::move(handler));
  EXPECT_TRUE(server);
  return *std::move(server);
}

TEST(HttpServer, GivesTheHandlerTheRequestAsItCame) {
  ReceivedRequest seen;
  const auto server = serve([&](const ReceivedRequest& request) {
    seen = request;
    return HttpAnswer{.status = 201, .content_type = "text/plain", .headers = {{.name = "X-One", .value = "1"}}, .body = "made"};
  });
  httplib::Client client(server->origin());
  const auto answer = client.Post("/a%20b?x=1&x=2", {{"X-Asked", "yes"}}, "body", "text/plain");
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 201);
  EXPECT_EQ(answer->body, "made");
  EXPECT_EQ(answer->get_header_value("X-One"), "1");
  EXPECT_EQ(seen.method, "POST");
  EXPECT_EQ(seen.target, "/a%20b?x=1&x=2");
  EXPECT_EQ(seen.path(), "/a%20b");
  EXPECT_EQ(seen.header("x-asked"), "yes");
  EXPECT_EQ(seen.body, "body");
  EXPECT_FALSE(seen.has_header("REMOTE_ADDR"));
}

TEST(HttpServer, KeepsAConnectionForTheNextRequest) {
  const auto server = serve([](const ReceivedRequest& request) { return HttpAnswer{.body = request.target}; });
  httplib::Client client(server->origin());
  client.set_keep_alive(true);
  for (const char* target : {"/1", "/2", "/3"}) {
    EXPECT_EQ(client.Get(target)->body, target);
  }
  const RawReply two = ask_raw(server->port(), "GET /a HTTP/1.1\r\nHost: x\r\n\r\nGET /b HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  EXPECT_THAT(two.bytes, HasSubstr("/aHTTP/1.1 200 OK"));
  EXPECT_FALSE(two.still_open);
}

TEST(HttpServer, AHeadRequestHasTheLengthAndNoBody) {
  const auto server = serve([](const ReceivedRequest&) { return HttpAnswer{.body = "four"}; });
  const RawReply reply = ask_raw(server->port(), "HEAD / HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_THAT(reply.head(), HasSubstr("Content-Length: 4"));
  EXPECT_EQ(reply.body(), "");
}

TEST(HttpServer, NoContentHasNoLength) {
  const auto server = serve([](const ReceivedRequest&) { return HttpAnswer{.status = 204}; });
  const RawReply reply = get_raw(server->port(), "/");
  EXPECT_THAT(reply.head(), StartsWith("HTTP/1.1 204 No Content"));
  EXPECT_THAT(reply.head(), Not(HasSubstr("Content-Length")));
}

TEST(HttpServer, EndsAnAnswerAsItIsTold) {
  HttpAnswer answer;
  const auto server = serve([&](const ReceivedRequest&) { return answer; });
  const auto reply = [&](HttpAnswer::Ending ending, std::size_t bytes) {
    answer = {.body = "0123456789", .ending = ending, .sent_bytes = bytes};
    return get_raw(server->port(), "/");
  };

  const RawReply cut = reply(HttpAnswer::Ending::kCut, 4);
  EXPECT_THAT(cut.head(), HasSubstr("Content-Length: 10"));
  EXPECT_EQ(cut.body(), "0123");
  EXPECT_FALSE(cut.was_reset || cut.still_open);

  const RawReply reset = reply(HttpAnswer::Ending::kReset, 4);
  EXPECT_EQ(reset.body(), "0123");
  EXPECT_TRUE(reset.was_reset);
  const RawReply at_once = reply(HttpAnswer::Ending::kReset, 0);
  EXPECT_EQ(at_once.bytes, "");
  EXPECT_TRUE(at_once.was_reset);

  const RawReply stall = reply(HttpAnswer::Ending::kStall, 4);
  EXPECT_EQ(stall.body(), "0123");
  EXPECT_TRUE(stall.still_open);
  EXPECT_EQ(reply(HttpAnswer::Ending::kStall, 0).bytes, "");
}

TEST(HttpServer, AnnouncesAWrongLength) {
  const auto server = serve([&](const ReceivedRequest&) { return HttpAnswer{.body = "0123456789", .announced_length = 7}; });
  const RawReply reply = get_raw(server->port(), "/");
  EXPECT_THAT(reply.head(), HasSubstr("Content-Length: 7"));
  EXPECT_EQ(reply.body(), "0123456789");
  EXPECT_FALSE(reply.still_open) << "nobody knows where the next answer would begin";
}

TEST(HttpServer, RefusesWhatIsNoHttp) {
  const auto server = serve([&](const ReceivedRequest&) { return HttpAnswer{}; });
  EXPECT_THAT(ask_raw(server->port(), "nonsense\r\n\r\n").head(), StartsWith("HTTP/1.1 400"));
}

TEST(HttpServer, SaysThatAPortIsTaken) {
  const auto server = serve([&](const ReceivedRequest&) { return HttpAnswer{}; });
  const auto second = HttpServer::start(server->port(), [](const ReceivedRequest&) { return HttpAnswer{}; });
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().kind(), ErrorKind::kUser);
  EXPECT_THAT(second.error().message(), HasSubstr("is taken"));
}

TEST(HttpServer, AStopEndsWhatStalls) {
  const auto server = serve([](const ReceivedRequest&) { return HttpAnswer{.ending = HttpAnswer::Ending::kStall, .sent_bytes = 0}; });
  std::jthread stalled([&] {
    httplib::Client client(server->origin());
    client.set_read_timeout(60);
    EXPECT_FALSE(client.Get("/"));
  });
  std::this_thread::sleep_for(std::chrono::milliseconds(200));
  const auto begin = std::chrono::steady_clock::now();
  server->stop();
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(5));
}

}  // namespace
}  // namespace lakeflow
