#include <chrono>
#include <fstream>
#include <thread>

#include <gmock/gmock.h>

#include "base/clock.h"
#include "simulator/api/test/described_source.h"

namespace lakeflow {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

constexpr const char* kNote = R"(
endpoints:
  notes: {path: /notes, records: {generate: {count: 3, fields: {id: {kind: sequence}}}}}
)";

TEST(ApiAccess, Bearer) {
  DescribedSource source;
  source.start(std::string("auth: {bearer: made-up}") + kNote);
  const auto refused = source.get("/notes");
  EXPECT_EQ(refused.status, 401);
  EXPECT_EQ(refused.get_header_value("WWW-Authenticate"), "Bearer");
  EXPECT_EQ(source.get("/notes", {{"Authorization", "Bearer other"}}).status, 401);
  EXPECT_EQ(source.get("/notes", {{"Authorization", "Bearer made-up"}}).status, 200);
}

TEST(ApiAccess, Basic) {
  DescribedSource source;
  source.start(std::string("auth: {basic: {user: reader, password: made-up}}") + kNote);
  EXPECT_EQ(source.get("/notes").status, 401);
  EXPECT_EQ(source.get("/notes", {httplib::make_basic_authentication_header("reader", "made-up")}).status, 200);
}

TEST(ApiAccess, KeyInAHeaderOrAParameter) {
  DescribedSource header;
  header.start(std::string("auth: {api_key: {header: X-Api-Key, value: made-up}}") + kNote);
  EXPECT_EQ(header.get("/notes").status, 401);
  EXPECT_EQ(header.get("/notes", {{"x-api-key", "made-up"}}).status, 200);
  DescribedSource parameter;
  parameter.start(std::string("auth: {api_key: {parameter: key, value: made-up}}") + kNote);
  EXPECT_EQ(parameter.get("/notes").status, 401);
  EXPECT_EQ(parameter.get("/notes?key=made-up").status, 200) << "and is no unknown parameter";
}

TEST(ApiAccess, TokensEndAfterTheirRequestsOrSeconds) {
  DescribedSource source;
  source.start(std::string("auth: {oauth2: {token_path: /token, client_id: me, client_secret: made-up, expires_after_requests: 2}}") + kNote);
  EXPECT_EQ(source.get("/notes").status, 401);
  const char* form = "application/x-www-form-urlencoded";
  EXPECT_EQ(source.post("/token", "grant_type=client_credentials&client_id=me&client_secret=wrong", form).status, 401);
  EXPECT_EQ(source.post("/token", "grant_type=password", form).status, 400);
  const auto answer = source.post("/token", "grant_type=client_credentials&client_id=me&client_secret=made-up", form);
  EXPECT_EQ(answer.status, 200);
  const Json token = Json::parse(answer.body);
  EXPECT_EQ(token["token_type"], "Bearer");
  EXPECT_EQ(token["expires_in"], 3600);
  const httplib::Headers headers = {{"Authorization", "Bearer " + token["access_token"].get<std::string>()}};
  EXPECT_EQ(source.get("/notes", headers).status, 200);
  EXPECT_EQ(source.get("/notes", headers).status, 200);
  EXPECT_EQ(source.get("/notes", headers).status, 401);
  EXPECT_THAT(source.simulator().coverage().text(), HasSubstr("never asked  token after one had ended\n"));
  source.post("/token", "grant_type=client_credentials&client_id=me&client_secret=made-up", form);
  EXPECT_THAT(source.simulator().coverage().text(), HasSubstr("1  token after one had ended\n"));

  DescribedSource brief;
  brief.start(std::string("auth: {oauth2: {client_id: me, client_secret: made-up, expires_after_seconds: 0.05}}") + kNote);
  const auto basic = brief.post("/oauth/token", "grant_type=client_credentials", form, {httplib::make_basic_authentication_header("me", "made-up")});
  const httplib::Headers old = {{"Authorization", "Bearer " + Json::parse(basic.body)["access_token"].get<std::string>()}};
  std::this_thread::sleep_for(100ms);
  EXPECT_EQ(brief.get("/notes", old).status, 401);
}

TEST(ApiAccess, TooManyRequestsAreTurnedAway) {
  DescribedSource source;
  source.start(std::string("rate_limit: {requests: 2, seconds: 60}") + kNote);
  EXPECT_EQ(source.get("/notes").status, 200);
  EXPECT_EQ(source.get("/notes").status, 200);
  const auto refused = source.get("/notes");
  EXPECT_EQ(refused.status, 429);
  EXPECT_EQ(refused.get_header_value("Retry-After"), "60");

  DescribedSource dated;
  dated.start(std::string("rate_limit: {requests: 1, seconds: 30, retry_after: date}") + kNote);
  dated.get("/notes");
  const auto until = parse_http_date(dated.get("/notes").get_header_value("Retry-After"));
  ASSERT_TRUE(until);
  EXPECT_GT(*until, now_micros() + 25'000'000);
}

// What a client with the certificates of the source makes of it.
bool trusts(DescribedSource& source, const std::string& certificates) {
  const auto file = source.write("ca.pem", certificates);
  httplib::SSLClient client("127.0.0.1", source.simulator().port());
  client.set_ca_cert_path(file.c_str());
  client.enable_server_certificate_verification(true);
  const auto answer = client.Get("/notes");
  return answer && answer->status == 200;
}

TEST(ApiAccess, TlsWithGoodAndBadCertificates) {
  DescribedSource source;
  source.start(std::string("https: true") + kNote);
  ApiSimulator& simulator = source.simulator();
  EXPECT_EQ(simulator.base_url(), fmt::format("https://127.0.0.1:{}", simulator.port()));
  EXPECT_TRUE(trusts(source, simulator.certificate()));
  for (const char* kind : {"expired", "wrong-host", "self-signed", "cut"}) {
    ASSERT_TRUE(simulator.inject(fmt::format("bad-tls={}:1", kind)));
    EXPECT_FALSE(trusts(source, simulator.certificate())) << kind;
    EXPECT_TRUE(trusts(source, simulator.certificate())) << "the next connection";
  }
}

TEST(ApiAccess, BadTlsNeedsTls) {
  DescribedSource source;
  source.start(kNote);
  const Status injected = source.simulator().inject("bad-tls");
  ASSERT_FALSE(injected);
  EXPECT_THAT(injected.error().next_step(), HasSubstr("https: true"));
}

}  // namespace
}  // namespace lakeflow
