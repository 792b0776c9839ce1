#include "simulator/recording/secret_removal.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace lakeflow {
namespace {

TEST(SecretRemoval, KnowsSecretsByTheirNames) {
  for (const char* name : {"Authorization",
                           "Proxy-Authorization",
                           "Cookie",
                           "Set-Cookie",
                           "X-Api-Key",
                           "api_key",
                           "apikey",
                           "access_token",
                           "accessToken",
                           "refresh_token",
                           "id_token",
                           "client_secret",
                           "clientSecret",
                           "password",
                           "Passwd",
                           "token",
                           "key",
                           "sig",
                           "X-Amz-Signature",
                           "X-Amz-Credential",
                           "client_assertion"}) {
    EXPECT_TRUE(bears_a_secret(name)) << name;
  }
  for (const char* name :
       {"id", "next_page_token", "pageToken", "continuation-token", "cursor", "keyword", "author", "Content-Type", "Link", "tokens"}) {
    EXPECT_FALSE(bears_a_secret(name)) << name;
  }
}

std::string of_url(std::string_view url) {
  SecretValues seen;
  return remove_secrets_of_url(url, seen);
}

std::string of_body(std::string_view content_type, std::string_view body) {
  SecretValues seen;
  return remove_secrets_of_body(content_type, body, seen);
}

TEST(SecretRemoval, InUrlsAndForms) {
  EXPECT_EQ(of_url("/orders?api_key=s3&page=2&token=s3"), "/orders?api_key=removed&page=2&token=removed");
  EXPECT_EQ(of_url("/orders?appid=s3&subscription-key=s3&sort_key=id"), "/orders?appid=removed&subscription-key=removed&sort_key=id");
  EXPECT_EQ(of_url("https://u:s3@host/a?x=1"), "https://host/a?x=1");
  EXPECT_EQ(of_url("<https://host/a?token=s3>; rel=\"next\""), "<https://host/a?token=removed>; rel=\"next\"");
  EXPECT_EQ(of_body("application/x-www-form-urlencoded", "grant_type=client_credentials&client_secret=s3"),
            "grant_type=client_credentials&client_secret=removed");
}

TEST(SecretRemoval, InBodies) {
  EXPECT_EQ(of_body("application/json", R"({"a":[{"password":"s3"}],"access_token":"s3","key":"o-1"})"),
            R"({"a":[{"password":"removed"}],"access_token":"removed","key":"o-1"})");
  EXPECT_EQ(of_body("application/json", R"({"next":"https://host/a?api_key=s3&page=2"})"), R"({"next":"https://host/a?api_key=removed&page=2"})");
  EXPECT_EQ(of_body("application/json", R"({ "price": 1.50 })"), R"({ "price": 1.50 })") << "left as it is where there is none";
  EXPECT_EQ(of_body("application/json", R"({"token":["s3",7],"secret":[{"id":1}],"auth":true,"session":null,"jwt":""})"),
            R"({"token":["removed","removed"],"secret":[{"id":1}],"auth":true,"session":null,"jwt":""})");
  EXPECT_EQ(of_body("application/x-ndjson", "{\"token\":\"s3\"}\n{\"a\": 1}\n"), "{\"token\":\"removed\"}\n{\"a\": 1}\n");
  EXPECT_EQ(of_body("application/x-www-form-urlencoded", "password=s3&a=1"), "password=removed&a=1");
  EXPECT_EQ(of_body("text/plain", "token: s3"), "token: s3") << "a text has no names";
}

// Whether a value is known by what was seen.
bool knows(SecretValues& seen, const std::string& value) { return seen.without("a " + value + " b") == "a removed b"; }

TEST(SecretRemoval, SeesTheValuesOfHeaders) {
  SecretValues seen;
  see_secrets({{"Authorization", "Bearer canary-token"},
               {"Proxy-Authorization", "Basic dXNlcjpjYW5hcnklM0FwYXNz"},  // user:canary%3Apass
               {"Cookie", "sid=canary-cookie-1; theme=canary-cookie-2"},
               {"X-Api-Key", "canary-api-key"},
               {"X-Auth-Token", "canary-auth-token"},
               {"Accept", "application/json"}},
              seen);
  for (const char* const value : {"canary-token", "canary%3Apass", "canary:pass", "canary-cookie-1", "canary-cookie-2", "canary-api-key",
                                  "canary-auth-token", "dXNlcjpjYW5hcnklM0FwYXNz"}) {
    EXPECT_TRUE(knows(seen, value)) << value;
  }
  EXPECT_FALSE(knows(seen, "application/json"));
  EXPECT_EQ(seen.removed_by_name(), 0U) << "they were looked at, and not taken away";
}

TEST(SecretRemoval, SeesWhatItTakesAway) {
  SecretValues seen;
  std::vector<HttpHeader> headers = {{"Set-Cookie", "sid=canary-session; Path=/orders-of-all"}, {"ETag", "canary-etag"}};
  remove_secrets(headers, seen);
  EXPECT_EQ(headers[0].value, "removed");
  EXPECT_EQ(headers[1].value, "canary-etag");
  remove_secrets_of_url("https://u:canary-user-pass@host/a?api_key=canary%2Fkey", seen);
  remove_secrets_of_body("application/json", R"({"access_token":"canary-access"})", seen);
  for (const char* const value : {"canary-session", "canary-user-pass", "canary/key", "canary-access"}) EXPECT_TRUE(knows(seen, value)) << value;
  EXPECT_FALSE(knows(seen, "/orders-of-all"));
  EXPECT_EQ(seen.removed_by_name(), 4U);
}

}  // namespace
}  // namespace lakeflow
