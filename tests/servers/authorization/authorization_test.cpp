// The command against a FHIR server that takes the tokens of a real authorization server (npm oidc-provider), as text-driven cases like those of
// tests/command_line.

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "libs/auth/client_assertion.h"
#include "libs/auth/token_answer.h"
#include "libs/http/http_client.h"
#include "tests/command_line/case_file.h"
#include "tests/command_line/case_runner.h"
#include "tests/command_line/process.h"

namespace lakeflow {
namespace {

using testing::HasSubstr;

const std::filesystem::path kInstalled = LAKEFLOW_SOURCE_DIR "/.deps/servers/authorization";
const std::string kProvider = LAKEFLOW_SOURCE_DIR "/tests/servers/authorization/provider.mjs";

std::vector<std::filesystem::path> case_paths() {
  std::vector<std::filesystem::path> paths;
  for (const auto& entry : std::filesystem::directory_iterator(LAKEFLOW_SOURCE_DIR "/tests/servers/authorization/cases")) {
    paths.push_back(entry.path());
  }
  std::ranges::sort(paths);
  return paths;
}

// Commands of the cases see these.
void set_environment() {
  ::setenv("LAKEFLOW_AUTHORIZATION_SERVER", kInstalled.c_str(), 1);
  ::setenv("PROVIDER", kProvider.c_str(), 1);
#ifdef LAKEFLOW_CLOCK_SHIM
  ::setenv("CLOCK_SHIM", LAKEFLOW_CLOCK_SHIM, 1);
#endif
}

// Skips, or fails where servers are required.
#define LAKEFLOW_NEEDS_THE_SERVER()                                                                                   \
  if (!std::filesystem::exists(kInstalled / "complete")) {                                                            \
    ASSERT_EQ(std::getenv("LAKEFLOW_REQUIRE_SERVERS"), nullptr) << "oidc-provider is not there: tools/setup-servers"; \
    GTEST_SKIP() << "oidc-provider is not there: tools/setup-servers";                                                \
  }                                                                                                                   \
  set_environment()

class AuthorizationCase : public testing::TestWithParam<std::filesystem::path> {};

TEST_P(AuthorizationCase, Holds) {
  LAKEFLOW_NEEDS_THE_SERVER();
  const Result<CaseFile> file = read_case_file(GetParam());
  ASSERT_TRUE(file.has_value()) << file.error().message();
  CaseRunner runner(LAKEFLOW_BINARY_DIR "/bin", "authorization_" + GetParam().stem().string());
  if (const std::optional<std::string> reason = runner.run(*file)) {
    GTEST_SKIP() << *reason;
  }
}

INSTANTIATE_TEST_SUITE_P(Cases, AuthorizationCase, testing::ValuesIn(case_paths()), [](const auto& test) { return test.param.stem().string(); });

// A provider and its keys, for what no command does: send an assertion twice, or a bad one.
class AuthorizationServer : public testing::Test {
 protected:
  void SetUp() override {
    LAKEFLOW_NEEDS_THE_SERVER();
    folder_ = std::filesystem::temp_directory_path() / ("lakeflow_authorization_" + std::to_string(::getpid()));
    std::filesystem::create_directories(folder_);
    process_ = std::make_unique<Process>(
        "exec node '" + kProvider + "' .", folder_,
        std::map<std::string, std::string>{{"PATH", std::getenv("PATH")}, {"LAKEFLOW_AUTHORIZATION_SERVER", kInstalled.string()}},
        folder_ / "provider");
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::minutes(2);
    while (!process_->output().ends_with('\n') && std::chrono::steady_clock::now() < deadline) {
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    issuer_ = process_->output();
    ASSERT_TRUE(issuer_.ends_with('\n')) << process_->messages();
    issuer_.pop_back();
    claims_ = {
        .client_id = "clinic_rs384", .audience = issuer_ + "/token", .expires = now_micros() + kAssertionLife, .token_id = new_token_id().value()};
  }
  void TearDown() override {
    if (process_ != nullptr) {
      process_->signal(SIGTERM);
      process_->wait(std::chrono::seconds(30));
      std::filesystem::remove_all(folder_);
    }
  }

  SigningKey key(const std::string& file, const std::string& key_id) const {
    std::stringstream text;
    text << std::ifstream(folder_ / file).rdbuf();
    return SigningKey::parse(text.str(), key_id).value();
  }

  Result<AccessToken> ask(const SigningKey& signing) const {
    HttpClientOptions options;
    options.allowed_origins = {*origin_of(issuer_)};
    const auto client = HttpClient::make(options).value();
    const Result<HttpResponse> answer =
        client->send({.method = "POST",
                      .url = issuer_ + "/token",
                      .headers = {{"Content-Type", "application/x-www-form-urlencoded"}},
                      .body = "grant_type=client_credentials&client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer"
                              "&client_assertion=" +
                              client_assertion(signing, claims_).value()});
    return parse_token_answer(answer.value(), ClientProof::kSignature, now_micros());
  }

  std::filesystem::path folder_;
  std::unique_ptr<Process> process_;
  std::string issuer_;
  AssertionClaims claims_;
};

TEST_F(AuthorizationServer, TakesAnAssertionOnce) {
  const auto first = ask(key("rs384.pem", "rs384"));
  ASSERT_TRUE(first) << first.error().message();
  EXPECT_THAT(ask(key("rs384.pem", "rs384")).error().message(), HasSubstr("answered 401 (invalid_client)"));
  claims_.token_id = new_token_id().value();
  EXPECT_TRUE(ask(key("rs384.pem", "rs384")));
}

TEST_F(AuthorizationServer, TakesNoBadOne) {
  const AssertionClaims good = claims_;
  const auto refused = [&](const SigningKey& signing) {
    const auto answer = ask(signing);
    claims_ = good;
    return !answer && answer.error().message().contains("(invalid_client)") && answer.error().next_step().contains("key_id");
  };
  EXPECT_TRUE(refused(key("stranger.pem", "rs384")));
  claims_.audience = "https://elsewhere.example.org/token";
  EXPECT_TRUE(refused(key("rs384.pem", "rs384")));
  claims_.expires = now_micros() - 120 * TimestampMicros{1'000'000};
  EXPECT_TRUE(refused(key("rs384.pem", "rs384")));
  claims_.client_id = "clinic_es384";
  EXPECT_TRUE(refused(key("rs384.pem", "rs384")));
  EXPECT_TRUE(ask(key("rs384.pem", "rs384"))) << "and a good one it does take";
}

}  // namespace
}  // namespace lakeflow
