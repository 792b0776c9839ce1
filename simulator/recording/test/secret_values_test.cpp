#include "simulator/recording/secret_values.h"

#include <gtest/gtest.h>

#include "libs/auth/base64.h"

namespace lakeflow {
namespace {

constexpr const char* kSecret = "canary/51c2+\"x\" y";

TEST(SecretValues, AreFoundInEveryFormThatOccurs) {
  SecretValues values;
  values.add(kSecret);
  for (const char* const form : {kSecret, "canary%2F51c2%2B%22x%22%20y", "canary%2f51c2%2b%22x%22%20y", "canary%2F51c2%2B%22x%22+y",
                                 R"(canary/51c2+\"x\" y)", R"(canary\/51c2+\"x\" y)"}) {
    EXPECT_EQ(values.without(std::string("before ") + form + " behind"), "before removed behind") << form;
  }
  EXPECT_EQ(values.removed_elsewhere(), 6U);
  EXPECT_EQ(values.without("canary/51c2+"), "canary/51c2+") << "half of it is none";
}

TEST(SecretValues, AreFoundWithinBase64WhateverStandsAroundThem) {
  SecretValues values;
  values.add(kSecret);
  for (const char* const user : {"", "u:", "us:", "use:", "reader:"}) {
    for (const char* const behind : {"", "!", "!!", ", and more"}) {
      const std::string pair = std::string(user) + kSecret + behind;
      EXPECT_EQ(values.without("Basic " + base64(pair)), "Basic removed") << pair;
      EXPECT_EQ(values.without("t: " + base64url(pair) + "&u"), "t: removed&u") << pair;
    }
  }
}

TEST(SecretValues, AreFoundInUrlsThatEncodeOtherwise) {
  SecretValues values;
  values.add("canary(51)c2");
  EXPECT_EQ(values.without_in_url("/t/canary(51%29c2/rows?a=canary%2851)c2&b=1"), "/t/removed/rows?a=removed&b=1");
  EXPECT_EQ(values.without_in_url("/a%20b?c=d+e"), "/a%20b?c=d+e") << "left as it is";
}

TEST(SecretValues, AreFoundInJsonThatEscapesOtherwise) {
  SecretValues values;
  values.add("canary+51c2==");
  EXPECT_EQ(values.without_in_body(R"({"a":"x canary\u002B51c2\u003d= y","b":[1]})"), R"({"a":"x removed y","b":[1]})");
  EXPECT_EQ(values.without_in_body("{\"a\":\"canary\\u002b51c2==\"}\n{\"b\":1.50}\n"), "{\"a\":\"removed\"}\n{\"b\":1.50}\n");
  EXPECT_EQ(values.without_in_body(R"({"price": 1.50, "t": "canary+51c2==", "u": "\u00e9"})"), R"({"price": 1.50, "t": "removed", "u": "\u00e9"})")
      << "bytes stay where they can";
}

TEST(SecretValues, AreNotLookedForWhereTheyAreShortOrAWord) {
  SecretValues values;
  for (const char* const value : {"1", "s3cret7", "password", "removed", ""}) values.add(value);
  EXPECT_EQ(values.without("1 s3cret7 password"), "1 s3cret7 password");
  EXPECT_EQ(values.size(), 0U);
  EXPECT_EQ(values.passed_over(), 3U);
}

TEST(SecretValues, TheLongestOfThoseThatBeginAlikeIsTaken) {
  SecretValues values;
  for (const char* const value : {"canary-51", "canary-51c2", "canary-5"}) values.add(value);
  EXPECT_EQ(values.without("canary-51c2 canary-51 canary-5"), "removed removed removed");
}

}  // namespace
}  // namespace lakeflow
