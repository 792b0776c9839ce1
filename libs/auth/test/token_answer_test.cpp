#include "libs/auth/token_answer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "libs/auth/granted_scope.h"
#include "libs/auth/smart_configuration.h"

namespace lakeflow {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

HttpResponse answered(int status, std::string body, std::string date = {}) {
  HttpResponse answer{.status = status, .url = "https://auth.example.org/token?x=secret", .headers = {}, .body = std::move(body)};
  if (!date.empty()) {
    answer.headers["date"] = std::move(date);
  }
  return answer;
}

Result<AccessToken> parse(int status, std::string body, ClientProof proof = ClientProof::kSignature) {
  return parse_token_answer(answered(status, std::move(body)), proof, 0);
}

TEST(TokenAnswer, GivesTheTokenItsLifeAndItsScope) {
  const auto token = parse(200, R"({"access_token":"abc","token_type":"Bearer","expires_in":300,"scope":"system/Patient.rs"})");
  ASSERT_TRUE(token) << token.error().message();
  EXPECT_EQ(token->value, "abc");
  EXPECT_EQ(token->expires_in, 300);
  EXPECT_EQ(token->scope, "system/Patient.rs");
}

TEST(TokenAnswer, TakesALifeInQuotesAndNoneAtAll) {
  EXPECT_EQ(parse(200, R"({"access_token":"abc","token_type":"bearer","expires_in":"60"})")->expires_in, 60);
  EXPECT_EQ(parse(200, R"({"access_token":"abc","expires_in":"soon"})")->expires_in, std::nullopt);
  EXPECT_EQ(parse(200, R"({"access_token":"abc","expires_in":-5})")->expires_in, 0);
  EXPECT_EQ(parse(200, R"({"access_token":"abc"})")->expires_in, std::nullopt);
}

TEST(TokenAnswer, SaysWhatIsNoToken) {
  EXPECT_THAT(parse(200, "<html>sign in</html>").error().message(), HasSubstr("https://auth.example.org/token answered 200 without an access_token"));
  EXPECT_THAT(parse(200, R"({"access_token":"abc","token_type":"mac"})").error().message(), HasSubstr("another type than Bearer"));
  EXPECT_THAT(parse(200, R"({"access_token":"abc\r\nX-Evil: 1"})").error().message(),
              AllOf(HasSubstr("can't stand in a header"), Not(HasSubstr("Evil"))));
}

TEST(TokenAnswer, SaysWhatToDoAboutARefusal) {
  const auto advice = [](int status, std::string body, ClientProof proof = ClientProof::kSignature) {
    return parse(status, std::move(body), proof).error().next_step();
  };
  EXPECT_THAT(advice(401, R"({"error":"invalid_client"})"), AllOf(HasSubstr("key_id"), HasSubstr("aud")));
  EXPECT_THAT(advice(401, R"({"error":"invalid_client"})", ClientProof::kSecret), AllOf(HasSubstr("client_secret"), HasSubstr("client_auth_method")));
  EXPECT_THAT(advice(400, R"({"error":"invalid_scope"})"), HasSubstr("set scope"));
  EXPECT_THAT(advice(400, R"({"error":"unauthorized_client"})"), HasSubstr("client_credentials"));
  EXPECT_THAT(advice(404, "not here"), HasSubstr("token_url"));
  EXPECT_THAT(advice(307, ""), HasSubstr("token_url"));
}

TEST(TokenAnswer, RepeatsNothingButACode) {
  const Error error = parse(400, R"({"error":"canary Mary Miller","error_description":"canary"})").error();
  EXPECT_THAT(error.message() + error.next_step(), Not(HasSubstr("canary")));
  EXPECT_THAT(parse(400, R"({"error":"invalid_target"})").error().message(), HasSubstr("answered 400 (invalid_target)"));
}

TEST(TokenAnswer, KnowsAWrongClock) {
  const TimestampMicros noon = *parse_http_date("Sun, 06 Nov 1994 12:00:00 GMT");
  const HttpResponse answer = answered(401, R"({"error":"invalid_client"})", "Sun, 06 Nov 1994 12:10:00 GMT");
  EXPECT_THAT(parse_token_answer(answer, ClientProof::kSignature, noon).error().next_step(), HasSubstr("clock is 600 s behind the server's"));
  EXPECT_THAT(parse_token_answer(answer, ClientProof::kSignature, noon + 1200 * TimestampMicros{1'000'000}).error().next_step(),
              HasSubstr("clock is 600 s ahead of the server's"));
  EXPECT_THAT(parse_token_answer(answer, ClientProof::kSignature, noon + 599 * TimestampMicros{1'000'000}).error().next_step(),
              Not(HasSubstr("clock")));
}

TEST(GrantedScope, NamesWhatIsMissing) {
  EXPECT_THAT(scopes_missing("a b  c", "c a"), ElementsAre("b"));
  EXPECT_THAT(scopes_missing("", "c"), ElementsAre());
}

TEST(SmartConfiguration, NamesTheTokenEndpoint) {
  const auto read = parse_smart_configuration(R"({"token_endpoint":"https://a/t","capabilities":["permission-v2",7]})", "https://h/x");
  ASSERT_TRUE(read) << read.error().message();
  EXPECT_EQ(read->token_endpoint, "https://a/t");
  EXPECT_TRUE(read->can("permission-v2"));
  EXPECT_FALSE(read->can("launch-ehr"));
  for (const char* text : {"", "[]", "{}", R"({"token_endpoint":7})"}) {
    EXPECT_THAT(parse_smart_configuration(text, "https://h/x").error().message(), HasSubstr("https://h/x")) << text;
  }
}

}  // namespace
}  // namespace lakeflow
