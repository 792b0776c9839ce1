#include "testing/review/credential.h"

#include <gtest/gtest.h>

namespace lakeflow {
namespace {

// Put together, so that this file holds none.
const std::string kRandom = std::string("q7Zt") + "9xLm2" + "Vb8Rk4Wp";

std::string kind_in(const std::string& line) {
  const auto found = credential_in(line);
  return found ? std::string(found->kind) : "";
}

TEST(Credential, IsFoundByItsForm) {
  EXPECT_EQ(kind_in("-----BEGIN EC" + std::string(" PRIVATE KEY-----")), "a private key");
  EXPECT_EQ(kind_in("Authorization: bearer " + kRandom + kRandom), "a bearer token");
  EXPECT_EQ(kind_in("AKIA" + std::string("IOSFODNN7ABCDEFG")), "an AWS access key");
  EXPECT_EQ(kind_in("ghp" + std::string("_0123456789abcdefghijklmnopqrstuvwxyz")), "a GitHub token");
  EXPECT_EQ(kind_in("eyJ" + std::string("hbGciOiJIUzI1.eyJzdWIiOiIxMjM0NTY3")), "a JSON Web Token");
  EXPECT_EQ(kind_in("https://reader:" + kRandom + "@orders.org/"), "a user and a password in a URL");
}

TEST(Credential, IsFoundByTheNameBesideIt) {
  const std::string literal = "a literal beside the name of a secret";
  EXPECT_EQ(kind_in("options.set(\"token\", \"" + kRandom + "\");"), literal);
  EXPECT_EQ(kind_in("{\"api_key\": \"" + kRandom + "\"}"), literal);
  EXPECT_EQ(kind_in("constexpr const char* client_secret = \"" + kRandom + "\";"), literal);
  EXPECT_EQ(kind_in("  access_key: " + kRandom), "") << "a name that says nothing in YAML";
  EXPECT_EQ(kind_in("  storage_token: " + kRandom), literal);
  EXPECT_EQ(kind_in("std::string password{\"correct-horse\"};"), "a password beside its name");
}

TEST(Credential, IsNoneWhereItSaysSo) {
  EXPECT_EQ(kind_in("token: \"{{secrets/clinic/token}}\""), "");
  EXPECT_EQ(kind_in("{\"password\", \"canary-5512\"}"), "");
  EXPECT_EQ(kind_in("https://reader:example@orders.org/"), "");
  EXPECT_EQ(kind_in("password: $PASSWORD"), "");
  EXPECT_TRUE(is_marked_as_no_credential("x = 1;  // not a credential: the checksum of a file"));
}

TEST(Credential, IsNoneInWordsAndNames) {
  EXPECT_EQ(kind_in("{\"token_url\", \"https://auth.org/token\"}"), "");
  EXPECT_EQ(kind_in("options.text(\"storage_access_key_id\")"), "");
  EXPECT_EQ(kind_in("tokenize(\"MSH|^~\\\\&|APP^1.2&3|FAC\")"), "");
  EXPECT_EQ(kind_in("the text from -----BEGIN PRIVATE" + std::string(" KEY----- to the end")), "");
  EXPECT_EQ(kind_in("error: password \"is missing, say it\""), "");
}

}  // namespace
}  // namespace lakeflow
