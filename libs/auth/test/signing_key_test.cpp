#include "libs/auth/signing_key.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "libs/auth/client_assertion.h"
#include "libs/auth/test/test_keys.h"

namespace lakeflow {
namespace {

using testing::HasSubstr;

TEST(SigningKey, SignsAsItsKindDoes) {
  for (const TestKey& key : {new_rsa_key(), new_elliptic_key()}) {
    const std::string algorithm = EVP_PKEY_is_a(key.get(), "RSA") == 1 ? "RS384" : "ES384";
    for (const std::string& text : {pem_of(key), json_of(key, "k1").dump()}) {
      const auto read = SigningKey::parse(text, "k1");
      ASSERT_TRUE(read) << algorithm << ": " << read.error().message();
      EXPECT_EQ(read->algorithm(), algorithm);
      EXPECT_EQ(read->key_id(), "k1");
      for (int i = 0; i < 20; ++i) {  // now and then r or s is short
        const std::string message = "message " + std::to_string(i);
        EXPECT_TRUE(holds(key, message, *read->sign(message))) << algorithm;
      }
      EXPECT_FALSE(holds(key, "another", *read->sign("one")));
    }
  }
}

TEST(SigningKey, IsFoundInASet) {
  nlohmann::json public_half = json_of(new_elliptic_key(), "b");
  public_half.erase("d");
  const TestKey wanted = new_elliptic_key();
  const nlohmann::json set = {{"keys", {json_of(new_elliptic_key(), "a"), public_half, json_of(wanted, "b")}}};
  const auto read = SigningKey::parse(set.dump(), "b");
  ASSERT_TRUE(read) << read.error().message();
  EXPECT_TRUE(holds(wanted, "x", *read->sign("x")));
  EXPECT_THAT(SigningKey::parse(set.dump(), "").error().message(), HasSubstr("several private keys"));
  EXPECT_THAT(SigningKey::parse(set.dump(), "c").error().message(), HasSubstr("no private key of this key_id"));
}

TEST(SigningKey, SaysWhyATextIsNone) {
  const auto refusal = [](const std::string& text, std::string_view key_id = "k") { return SigningKey::parse(text, key_id).error().message(); };
  EXPECT_THAT(refusal("hello"), HasSubstr("neither PEM nor a JSON Web Key"));
  EXPECT_THAT(refusal(pem_of(new_elliptic_key(), "pass")), HasSubstr("encrypted"));
  EXPECT_THAT(refusal("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n"), HasSubstr("public one"));
  EXPECT_THAT(refusal(pem_of(new_rsa_key(1024))), HasSubstr("RSA of 1024 bits"));
  EXPECT_THAT(refusal(pem_of(new_elliptic_key("P-256"))), HasSubstr("neither RSA nor of the curve P-384"));
  EXPECT_THAT(refusal(pem_of(new_elliptic_key()), ""), HasSubstr("no id (kid)"));
  EXPECT_THAT(refusal("{"), HasSubstr("no JSON object"));
  EXPECT_THAT(refusal(R"({"kty":"oct","k":"AAAA"})"), HasSubstr("another type"));
  nlohmann::json half = json_of(new_elliptic_key(), "k");
  nlohmann::json of_two = half;
  half.erase("d");
  EXPECT_THAT(refusal(half.dump()), HasSubstr("is it the private one?"));
  of_two["d"] = json_of(new_elliptic_key(), "k")["d"];
  EXPECT_FALSE(SigningKey::parse(of_two.dump(), "k"));
}

std::vector<std::string> parts_of(const std::string& token) {
  std::vector<std::string> parts;
  for (std::size_t at = 0; at != std::string::npos;) {
    const std::size_t dot = token.find('.', at);
    parts.push_back(token.substr(at, dot == std::string::npos ? dot : dot - at));
    at = dot == std::string::npos ? dot : dot + 1;
  }
  return parts;
}

TEST(ClientAssertion, IsASignedToken) {
  const TestKey key = new_rsa_key();
  const SigningKey signing = *SigningKey::parse(pem_of(key), "kid \"1\"");
  const auto token = client_assertion(signing, {.client_id = "me", .audience = "https://a/t", .expires = 1'700'000'000'999'999, .token_id = "once"});
  ASSERT_TRUE(token) << token.error().message();
  const std::vector<std::string> parts = parts_of(*token);
  ASSERT_EQ(parts.size(), 3U);
  EXPECT_EQ(nlohmann::json::parse(*parse_base64url(parts[0])), (nlohmann::json{{"alg", "RS384"}, {"typ", "JWT"}, {"kid", "kid \"1\""}}));
  EXPECT_EQ(nlohmann::json::parse(*parse_base64url(parts[1])),
            (nlohmann::json{{"iss", "me"}, {"sub", "me"}, {"aud", "https://a/t"}, {"exp", 1'700'000'000}, {"jti", "once"}}));
  EXPECT_TRUE(holds(key, parts[0] + "." + parts[1], *parse_base64url(parts[2])));
}

TEST(ClientAssertion, HasAnIdOfItsOwn) { EXPECT_NE(*new_token_id(), *new_token_id()); }

}  // namespace
}  // namespace lakeflow
