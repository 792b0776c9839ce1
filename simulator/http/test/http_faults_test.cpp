#include "simulator/http/http_faults.h"

#include <algorithm>
#include <stop_token>

#include <fmt/format.h>
#include <gmock/gmock.h>

namespace lakeflow {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

constexpr TimestampMicros kNow = 1'700'000'000'000'000;

class HttpFaultsTest : public testing::Test {
 protected:
  void inject(std::string_view text) {
    auto fault = parse_fault(text, http_fault_kinds());
    ASSERT_TRUE(fault) << fault.error().message();
    plan_.add(*std::move(fault));
  }

  // What is sent for a request about the third page of orders, whose answer is `body`.
  HttpAnswer ask(std::string body = "0123456789", std::string_view page = "3") {
    const FaultSubject subject("orders", page);
    const ReceivedRequest request{.method = "GET", .target = "/orders?page=3", .headers = {{.name = "Host", .value = "127.0.0.1:8080"}}, .body = {}};
    HttpAnswer answer = faults_.answer(request, subject, kNow).value_or(HttpAnswer{.body = std::move(body)});
    faults_.spoil(subject, answer);
    return answer;
  }

  static std::string header(const HttpAnswer& answer, std::string_view name) {
    const auto found = std::ranges::find(answer.headers, name, &HttpHeader::name);
    return found == answer.headers.end() ? "" : found->value;
  }

  FaultPlan plan_{1};
  std::stop_source stop_;
  HttpFaults faults_{plan_, stop_.get_token(),
                     [](int status, std::string_view reason) { return HttpAnswer{.status = status, .body = fmt::format("refused: {}", reason)}; }};
};

TEST_F(HttpFaultsTest, NothingHappensWithoutAFault) {
  const HttpAnswer answer = ask();
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, "0123456789");
  EXPECT_EQ(answer.ending, HttpAnswer::Ending::kWhole);
}

TEST_F(HttpFaultsTest, RetryAfterHasBothForms) {
  inject("throttle=7:1");
  const HttpAnswer seconds = ask();
  EXPECT_EQ(seconds.status, 429);
  EXPECT_EQ(header(seconds, "Retry-After"), "7");
  inject("unavailable=date:1");
  const HttpAnswer date = ask();
  EXPECT_EQ(date.status, 503);
  EXPECT_GE(parse_http_date(header(date, "Retry-After")), kNow);
}

TEST_F(HttpFaultsTest, TheThirdPageOnceAnswers503After40Bytes) {
  inject("status=503:1@orders#3");
  inject("cut-body=4:1@orders#3");
  EXPECT_EQ(ask("0123456789", "2").status, 200);
  const HttpAnswer third = ask();
  EXPECT_EQ(third.status, 503);
  EXPECT_EQ(third.ending, HttpAnswer::Ending::kCut);
  EXPECT_EQ(third.sent_bytes, 4U);
  EXPECT_EQ(ask().status, 200);
}

TEST_F(HttpFaultsTest, BodiesAreCutDoubledAndMeasuredWrong) {
  inject("cut-body:#1");
  EXPECT_EQ(ask().sent_bytes, 5U) << "half of it";
  inject("double-body:#1");
  EXPECT_EQ(ask().body, "01234567890123456789");
  inject("wrong-length=-3:#1");
  EXPECT_EQ(ask().announced_length, 7U);
  inject("wrong-length:#1");
  EXPECT_EQ(ask().announced_length, 20U);
  inject("reset:#1");
  EXPECT_EQ(ask().ending, HttpAnswer::Ending::kReset);
  inject("stall=2:#1");
  const HttpAnswer stall = ask();
  EXPECT_EQ(stall.ending, HttpAnswer::Ending::kStall);
  EXPECT_EQ(stall.sent_bytes, 2U);
}

TEST_F(HttpFaultsTest, AGzipBombIsSmallOnTheWire) {
  inject("gzip-bomb=100");
  const HttpAnswer bomb = ask();
  EXPECT_EQ(header(bomb, "Content-Encoding"), "gzip");
  EXPECT_LT(bomb.body.size(), std::size_t{200} << 10U);
}

TEST_F(HttpFaultsTest, RedirectsLeadElsewhere) {
  inject("redirect:#1");
  EXPECT_EQ(header(ask(), "Location"), "http://localhost:8080/orders?page=3");
  inject("redirect=nowhere:#1");
  EXPECT_THAT(header(ask(), "Location"), StartsWith("http://elsewhere.invalid/"));
  inject("redirect=loop:#1");
  const HttpAnswer loop = ask();
  EXPECT_EQ(loop.status, 302);
  EXPECT_EQ(header(loop, "Location"), "/orders?page=3");
}

TEST_F(HttpFaultsTest, AWebPageIsNoData) {
  inject("html");
  EXPECT_THAT(ask().content_type, HasSubstr("text/html"));
}

TEST_F(HttpFaultsTest, ThePlanTellsWhatBecameOfEachFault) {
  inject("status=500:#2@orders");
  ask();
  ask();
  ask();
  const auto counts = plan_.counts();
  ASSERT_EQ(counts.size(), 1U);
  EXPECT_EQ(counts[0].fault, "status=500:#2@orders");
  EXPECT_EQ(counts[0].events, 3U);
  EXPECT_EQ(counts[0].strikes, 1U);
}

}  // namespace
}  // namespace lakeflow
