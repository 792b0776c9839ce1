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

TEST(SecretRemoval, InUrlsAndForms) {
  EXPECT_EQ(remove_secrets_of_url("/orders?api_key=s3&page=2&token=s3"), "/orders?api_key=removed&page=2&token=removed");
  EXPECT_EQ(remove_secrets_of_url("/orders?appid=s3&subscription-key=s3&sort_key=id"), "/orders?appid=removed&subscription-key=removed&sort_key=id");
  EXPECT_EQ(remove_secrets_of_url("https://u:s3@host/a?x=1"), "https://host/a?x=1");
  EXPECT_EQ(remove_secrets_of_url("<https://host/a?token=s3>; rel=\"next\""), "<https://host/a?token=removed>; rel=\"next\"");
  EXPECT_EQ(remove_secrets_of_form("grant_type=client_credentials&client_secret=s3"), "grant_type=client_credentials&client_secret=removed");
}

TEST(SecretRemoval, InBodies) {
  EXPECT_EQ(remove_secrets_of_body("application/json", R"({"a":[{"password":"s3"}],"access_token":"s3","key":"o-1"})"),
            R"({"a":[{"password":"removed"}],"access_token":"removed","key":"o-1"})");
  EXPECT_EQ(remove_secrets_of_body("application/json", R"({"next":"https://host/a?api_key=s3&page=2"})"),
            R"({"next":"https://host/a?api_key=removed&page=2"})");
  EXPECT_EQ(remove_secrets_of_body("application/json", R"({ "price": 1.50 })"), R"({ "price": 1.50 })") << "left as it is where there is none";
  EXPECT_EQ(remove_secrets_of_body("application/x-ndjson", "{\"token\":\"s3\"}\n{\"a\": 1}\n"), "{\"token\":\"removed\"}\n{\"a\": 1}\n");
  EXPECT_EQ(remove_secrets_of_body("application/x-www-form-urlencoded", "password=s3&a=1"), "password=removed&a=1");
  EXPECT_EQ(remove_secrets_of_body("text/plain", "token: s3"), "token: s3") << "a text has no names";
}

}  // namespace
}  // namespace lakeflow
