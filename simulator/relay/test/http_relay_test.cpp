#include "simulator/relay/http_relay.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <httplib.h>

#include <algorithm>

#include "libs/http/url.h"
#include "simulator/http/http_server.h"

namespace lakeflow {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// A source that tells what it was asked, and a relay before it.
class HttpRelayTest : public testing::Test {
 protected:
  HttpRelayTest() {
    source_ = HttpServer::start(0, [this](const ReceivedRequest& request) {
                return HttpAnswer{.content_type = "application/json",
                                  .headers = {{"ETag", "\"7\""}, {"Link", "<" + source_->origin() + "/api/rows?page=2>; rel=\"next\""}},
                                  .body = request.method + " " + request.target + " " + std::string(request.header("X-Key")) + " " + request.body +
                                          " " + source_->origin() + "/api"};
              }).value();
    relay_ = HttpRelay::start(source_->origin() + "/api/").value();
  }

  httplib::Client client() const { return httplib::Client(origin_of(relay_->base_url()).value().text()); }
  std::vector<int> statuses() const {
    std::vector<int> all;
    std::ranges::transform(relay_->requests(), std::back_inserter(all), &RelayedRequest::status);
    return all;
  }

  std::unique_ptr<HttpServer> source_;
  std::unique_ptr<HttpRelay> relay_;
};

TEST_F(HttpRelayTest, HandsOnWhatIsAskedAndAnswered) {
  const auto answer = client().Get("/api/rows?from=1%2B1", {{"X-Key", "open-sesame"}});
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 200);
  EXPECT_EQ(answer->body, "GET /api/rows?from=1%2B1 open-sesame  " + relay_->base_url());
  EXPECT_EQ(answer->get_header_value("Content-Type"), "application/json");
  EXPECT_EQ(answer->get_header_value("ETag"), "\"7\"");
  EXPECT_EQ(answer->get_header_value("Link"), "<" + relay_->base_url() + "/rows?page=2>; rel=\"next\"");
  EXPECT_TRUE(relay_->base_url().ends_with("/api"));

  const auto put = client().Put("/api/rows/7", "seven", "text/plain");
  ASSERT_TRUE(put);
  EXPECT_TRUE(put->body.starts_with("PUT /api/rows/7  seven "));
  EXPECT_THAT(statuses(), ElementsAre(200, 200));
  relay_->forget();
  EXPECT_THAT(relay_->requests(), IsEmpty());
}

TEST_F(HttpRelayTest, WhatCouldNeverBeAskedIsRefusedAtTheStart) {
  const auto open = HttpRelay::start(HttpRelayOptions{.upstream = "http://shop.invalid/api", .allow_http = false});
  ASSERT_FALSE(open);
  EXPECT_EQ(open.error().kind(), ErrorKind::kUser);
  EXPECT_EQ(open.error().message(), "http://shop.invalid:80 would be asked without encryption");
  EXPECT_TRUE(HttpRelay::start(HttpRelayOptions{.upstream = source_->origin(), .allow_http = false})) << "this machine is no network";
}

TEST_F(HttpRelayTest, MisbehavesAsItIsTold) {
  ASSERT_TRUE(relay_->inject("status=500:#2"));
  ASSERT_TRUE(relay_->inject("cut-body:#2"));  // of the second answer that the source gives
  httplib::Client asking = client();
  EXPECT_EQ(asking.Get("/api/rows")->status, 200);
  EXPECT_EQ(asking.Get("/api/rows")->status, 500);
  EXPECT_FALSE(asking.Get("/api/rows"));
  EXPECT_EQ(asking.Get("/api/rows")->status, 200);
  ASSERT_EQ(relay_->requests().size(), 4U);
  EXPECT_FALSE(relay_->requests()[0].is_spoiled);
  EXPECT_TRUE(relay_->requests()[1].is_spoiled);
  relay_->clear_faults();
  ASSERT_TRUE(relay_->inject("reset"));
  EXPECT_FALSE(asking.Get("/api/rows"));
  EXPECT_EQ(relay_->requests().back().status, 0);
  EXPECT_FALSE(relay_->inject("sttus=500"));
}

TEST_F(HttpRelayTest, WatchesWhatComesToAnotherHost) {
  ASSERT_TRUE(relay_->inject("redirect=other-host"));
  httplib::Client asking = client();
  const auto answer = asking.Get("/api/rows", {{"X-Key", "open-sesame"}});
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 302);
  EXPECT_THAT(relay_->strangers(), IsEmpty());
  const std::string location = answer->get_header_value("Location");
  EXPECT_NE(origin_of(location).value(), origin_of(relay_->base_url()).value());

  httplib::Client other(origin_of(location).value().text());
  EXPECT_EQ(other.Get("/api/rows", {{"X-Key", "open-sesame"}})->status, 403);
  ASSERT_EQ(relay_->strangers().size(), 1U);
  EXPECT_THAT(relay_->strangers().front().headers, testing::Contains(HttpHeader{"X-Key", "open-sesame"}));
}

TEST(HttpRelay, AStatusIsTheAnswerWhateverItIsAndEachExchangeIsToldOf) {
  const auto source = HttpServer::start(0, [](const ReceivedRequest&) {
                        return HttpAnswer{.status = 503, .headers = {{"Retry-After", "7"}}, .body = "later"};
                      }).value();
  std::vector<RelayedExchange> told;
  const auto relay =
      HttpRelay::start({.upstream = source->origin(), .on_exchange = [&](const RelayedExchange& exchange) { told.push_back(exchange); }}).value();
  httplib::Client asking(relay->base_url());
  const auto answer = asking.Get("/rows?page=2");
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 503);
  EXPECT_EQ(answer->get_header_value("Retry-After"), "7");
  ASSERT_EQ(told.size(), 1U) << "nothing is tried again";
  EXPECT_EQ(told[0].request.target, "/rows?page=2");
  EXPECT_EQ(told[0].answer.body, "later");
  ASSERT_TRUE(relay->inject("status=500:1"));
  EXPECT_EQ(asking.Get("/rows")->status, 500);
  EXPECT_EQ(told.size(), 1U) << "what a fault answers is no exchange with the source";
}

TEST(HttpRelay, HandsOnSeveralHeadersOfOneNameInTheirOrder) {
  std::vector<std::string> received;
  const auto source = HttpServer::start(0, [&](const ReceivedRequest& request) {
                        for (const HttpHeader& header : request.headers) {
                          if (header.name == "X-Tag") received.push_back(header.value);
                        }
                        return HttpAnswer{.headers = {{"Set-Cookie", "b=1; Path=/"},
                                                      {"Link", "</rows?page=2>; rel=\"next\""},
                                                      {"Set-Cookie", "a=2; Expires=Wed, 21 Oct 2026 07:28:00 GMT"},
                                                      {"Link", "</rows>; rel=\"first\""}}};
                      }).value();
  const auto relay = HttpRelay::start(source->origin()).value();
  const auto answer = httplib::Client(relay->base_url()).Get("/rows", httplib::Headers{{"X-Tag", "two"}, {"X-Tag", "one"}});
  ASSERT_TRUE(answer);
  const auto all = [&](const char* name) {
    std::vector<std::string> values;
    const auto [first, last] = answer->headers.equal_range(name);
    for (auto header = first; header != last; ++header) values.push_back(header->second);
    return values;
  };
  EXPECT_THAT(all("Set-Cookie"), ElementsAre("b=1; Path=/", "a=2; Expires=Wed, 21 Oct 2026 07:28:00 GMT"));
  EXPECT_THAT(all("Link"), ElementsAre("</rows?page=2>; rel=\"next\"", "</rows>; rel=\"first\""));
  EXPECT_THAT(received, ElementsAre("two", "one"));
}

TEST_F(HttpRelayTest, TellsOfASourceThatIsDown) {
  source_->stop();
  const auto answer = client().Get("/api/rows");
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 502);
  EXPECT_FALSE(relay_->requests().front().is_spoiled);
}

TEST(HttpRelay, WantsAnHttpUrl) { EXPECT_EQ(HttpRelay::start("ftp://example.org").error().kind(), ErrorKind::kUser); }

}  // namespace
}  // namespace lakeflow
