#include "libs/auth/oauth_credentials.h"

#include <chrono>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "libs/auth/test/test_keys.h"
#include "libs/http/test/scripted_server.h"

namespace lakeflow {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::HasSubstr;
using testing::Not;

// A server that is both: it gives tokens ("token-1", "token-2" …) and lets requests in that bear one of those it still knows.
class TestServers {
 public:
  TestServers() : server_([this](const httplib::Request& request, httplib::Response& response) { answer(request, response); }) {}

  std::string base() const { return server_.url() + "/fhir"; }
  std::string token_url() const { return server_.url() + "/token"; }
  std::vector<httplib::Request> token_requests() const {
    std::vector<httplib::Request> found;
    for (const httplib::Request& request : server_.requests()) {
      if (request.path == "/token") {
        found.push_back(request);
      }
    }
    return found;
  }
  void revoke_all() {
    const std::lock_guard lock(mutex_);
    good_.clear();
  }

  std::string expires_in = R"("expires_in":300,)";
  std::string scope;
  int refuse_tokens = 0;        // answers 401 to so many
  int token_endpoint_busy = 0;  // answers 503 to so many requests for tokens
  int token_endpoint_refuses = 0;
  std::string token_endpoint;  // of the SMART configuration; empty: this server's
  std::string capabilities = R"(["permission-v2"])";

 private:
  void answer(const httplib::Request& request, httplib::Response& response) {
    const std::lock_guard lock(mutex_);
    if (request.path == "/fhir/.well-known/smart-configuration") {
      response.set_content(
          fmt::format(R"({{"token_endpoint":"{}","capabilities":{}}})", token_endpoint.empty() ? token_url() : token_endpoint, capabilities),
          "application/json");
    } else if (request.path == "/token") {
      if (token_endpoint_busy > 0) {
        --token_endpoint_busy;
        response.status = 503;
      } else if (token_endpoint_refuses > 0) {
        --token_endpoint_refuses;
        response.status = 401;
        response.set_content(R"({"error":"invalid_client"})", "application/json");
      } else {
        const std::string token = fmt::format("token-{}", ++given_);
        good_.insert("Bearer " + token);
        response.set_content(fmt::format(R"({{{}{}"access_token":"{}","token_type":"Bearer"}})", expires_in, scope, token), "application/json");
      }
    } else if (refuse_tokens > 0 || !good_.contains(request.get_header_value("Authorization"))) {
      --refuse_tokens;
      response.status = 401;
    } else {
      response.set_content(request.get_header_value("Authorization"), "text/plain");
    }
  }

  mutable std::mutex mutex_;
  std::set<std::string> good_;
  int given_ = 0;
  ScriptedServer server_;
};

class OAuthCredentialsTest : public testing::Test {
 protected:
  OAuthCredentialsTest() {
    options.client_id = "clinic";
    options.client_secret = "s3cret & more";
    options.smart_base_url = servers.base();
    options.now = [this] { return now_; };
    options.http.retry = {.budget = 30, .first_wait = 0.01, .longest_wait = 0.05, .longest_retry_after = 2};
  }

  std::unique_ptr<HttpClient> client(std::shared_ptr<Credentials> credentials) const {
    HttpClientOptions http = options.http;
    http.allowed_origins = {*origin_of(servers.base())};
    http.credentials = std::move(credentials);
    return *HttpClient::make(http);
  }
  std::string get(HttpClient& client) const {
    const auto response = client.send({.url = servers.base() + "/Patient"});
    return response ? response->body : response.error().message();
  }

  void pass(double seconds) { now_ += std::chrono::milliseconds(static_cast<int>(seconds * 1000)); }

  TestServers servers;
  OAuthOptions options;

 private:
  std::chrono::steady_clock::time_point now_ = std::chrono::steady_clock::now();
};

TEST_F(OAuthCredentialsTest, ShowTheSecretInTheHeader) {
  auto http = client(std::make_shared<OAuthCredentials>(options));
  EXPECT_EQ(get(*http), "Bearer token-1");
  EXPECT_EQ(get(*http), "Bearer token-1") << "a token that holds is used again";
  const auto requests = servers.token_requests();
  ASSERT_EQ(requests.size(), 1U);
  EXPECT_EQ(requests[0].get_header_value("Authorization"), "Basic " + base64("clinic:s3cret%20%26%20more"));
  EXPECT_EQ(requests[0].get_header_value("Content-Type"), "application/x-www-form-urlencoded");
  EXPECT_EQ(requests[0].body, "grant_type=client_credentials");
}

TEST_F(OAuthCredentialsTest, ShowTheSecretInTheBody) {
  options.proof = OAuthOptions::Proof::kSecretInBody;
  options.scope = "system/Patient.rs offline";
  auto http = client(std::make_shared<OAuthCredentials>(options));
  EXPECT_EQ(get(*http), "Bearer token-1");
  const auto requests = servers.token_requests();
  EXPECT_FALSE(requests.at(0).has_header("Authorization"));
  EXPECT_EQ(requests.at(0).body,
            "grant_type=client_credentials&scope=system%2FPatient.rs%20offline&client_id=clinic&client_secret=s3cret%20%26%20more");
}

TEST_F(OAuthCredentialsTest, SignAnAssertionOfItsOwnForEachAttempt) {
  const TestKey key = new_elliptic_key();
  options.proof = OAuthOptions::Proof::kSignature;
  options.key = *SigningKey::parse(pem_of(key), "k1");
  servers.token_endpoint_busy = 2;
  auto http = client(std::make_shared<OAuthCredentials>(options));
  EXPECT_EQ(get(*http), "Bearer token-1");
  const auto requests = servers.token_requests();
  ASSERT_EQ(requests.size(), 3U);
  std::set<std::string> ids;
  for (const httplib::Request& request : requests) {
    EXPECT_EQ(request.get_param_value("client_assertion_type"), "urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
    EXPECT_EQ(request.get_param_value("scope"), "system/*.rs");
    const std::string token = request.get_param_value("client_assertion");
    const std::size_t first = token.find('.');
    const std::size_t second = token.rfind('.');
    EXPECT_TRUE(holds(key, token.substr(0, second), *parse_base64url(token.substr(second + 1))));
    const auto claims = nlohmann::json::parse(*parse_base64url(token.substr(first + 1, second - first - 1)));
    EXPECT_EQ(claims.at("aud"), servers.token_url());
    EXPECT_EQ(claims.at("iss"), "clinic");
    EXPECT_EQ(claims.at("sub"), "clinic");
    const auto now = std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch()).count();
    EXPECT_GT(claims.at("exp").get<std::int64_t>(), now);
    EXPECT_LE(claims.at("exp").get<std::int64_t>(), now + 300);
    ids.insert(claims.at("jti").get<std::string>());
  }
  EXPECT_EQ(ids.size(), 3U);
}

TEST_F(OAuthCredentialsTest, AskForTheScopesThatTheServerKnows) {
  options.proof = OAuthOptions::Proof::kSignature;
  options.key = *SigningKey::parse(pem_of(new_elliptic_key()), "k1");
  servers.capabilities = "[]";
  const auto credentials = std::make_shared<OAuthCredentials>(options);
  get(*client(credentials));
  EXPECT_EQ(servers.token_requests().at(0).get_param_value("scope"), "system/*.read");
  EXPECT_EQ(credentials->granted_scope(), "system/*.read") << "none told: what was asked for";
}

TEST_F(OAuthCredentialsTest, AreRenewedOnceWhenTheyAreRefused) {
  auto http = client(std::make_shared<OAuthCredentials>(options));
  EXPECT_EQ(get(*http), "Bearer token-1");
  servers.revoke_all();
  EXPECT_EQ(get(*http), "Bearer token-2");
  servers.refuse_tokens = 5;
  const auto refused = http->send({.url = servers.base() + "/Patient"});
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->status, 401);
  EXPECT_EQ(servers.token_requests().size(), 3U);
  EXPECT_EQ(servers.refuse_tokens, 3);
}

TEST_F(OAuthCredentialsTest, AreRenewedAheadOfTheirEnd) {
  struct Case {
    std::string expires_in;
    double holds;  // so long nothing is renewed, and a second later it is
  };
  for (const Case& each : {Case{R"("expires_in":3600,)", 3540}, Case{R"("expires_in":100,)", 80}, Case{R"("expires_in":"10",)", 8}, Case{"", 240}}) {
    servers.expires_in = each.expires_in;
    const auto credentials = std::make_shared<OAuthCredentials>(options);
    auto http = client(credentials);
    const std::string first = get(*http);
    pass(each.holds - 0.5);
    EXPECT_EQ(get(*http), first) << each.expires_in;
    pass(1);
    EXPECT_NE(get(*http), first) << each.expires_in;
  }
}

TEST_F(OAuthCredentialsTest, AreUsedOnWhereARenewalFailsWhileTheyHold) {
  servers.expires_in = R"("expires_in":100,)";
  auto http = client(std::make_shared<OAuthCredentials>(options));
  EXPECT_EQ(get(*http), "Bearer token-1");
  servers.token_endpoint_refuses = 1000;
  pass(81);
  EXPECT_EQ(get(*http), "Bearer token-1");
  EXPECT_EQ(get(*http), "Bearer token-1");
  EXPECT_EQ(servers.token_requests().size(), 2U) << "not tried again at each request";
  pass(6);
  EXPECT_EQ(get(*http), "Bearer token-1");
  EXPECT_EQ(servers.token_requests().size(), 3U);
  pass(20);  // its end has passed
  EXPECT_THAT(get(*http), HasSubstr("gives no token"));
}

TEST_F(OAuthCredentialsTest, SayWhyThereAreNone) {
  servers.token_endpoint_refuses = 1;
  EXPECT_THAT(get(*client(std::make_shared<OAuthCredentials>(options))),
              AllOf(HasSubstr("gives no token"), HasSubstr("answered 401 (invalid_client)"), Not(HasSubstr("s3cret"))));
}

TEST_F(OAuthCredentialsTest, AreOneForSeveralThreads) {
  const auto credentials = std::make_shared<OAuthCredentials>(options);
  std::vector<std::jthread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] { EXPECT_EQ(get(*client(credentials)), "Bearer token-1"); });
  }
  threads.clear();
  EXPECT_EQ(servers.token_requests().size(), 1U);
}

TEST_F(OAuthCredentialsTest, AreRenewedOnceForAllThreadsThatAreRefused) {
  const auto credentials = std::make_shared<OAuthCredentials>(options);
  constexpr std::size_t kRounds = 10;
  for (std::size_t round = 0; round < kRounds; ++round) {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 6; ++i) {
      threads.emplace_back([&] {
        const auto http = client(credentials);
        for (int request = 0; request < 10; ++request) {
          EXPECT_THAT(get(*http), testing::StartsWith("Bearer token-"));
        }
      });
    }
    servers.revoke_all();  // once: a request is sent again once
  }
  EXPECT_LE(servers.token_requests().size(), 1 + kRounds);
}

TEST_F(OAuthCredentialsTest, GoWhereTheUserOrTheServerMaySendThem) {
  const auto refusal = [&](const std::string& endpoint) {
    servers.token_endpoint = endpoint;
    return get(*client(std::make_shared<OAuthCredentials>(options)));
  };
  EXPECT_THAT(refusal("http://auth.example.org/token"), HasSubstr("not reached over https"));
  EXPECT_THAT(refusal("https://10.0.0.1/token"), HasSubstr("an address and no name"));
  EXPECT_THAT(refusal("https://[fe80::1]/token"), HasSubstr("an address and no name"));
  EXPECT_THAT(refusal("https://localhost:9/token"), HasSubstr("an address and no name"));
  EXPECT_THAT(refusal("gopher://auth.example.org/token"), HasSubstr("no http or https URL"));
  EXPECT_TRUE(servers.token_requests().empty());
  const ScriptedServer elsewhere(
      [](const httplib::Request&, httplib::Response& response) { response.set_content(R"({"access_token":"elsewhere"})", "application/json"); });
  const auto credentials = std::make_shared<OAuthCredentials>(options);
  servers.token_endpoint = elsewhere.url() + "/token";  // another origin of this machine
  EXPECT_THAT(get(*client(credentials)), "");
  EXPECT_EQ(elsewhere.count(), 2U) << "one token, and another when it was refused";
}

TEST_F(OAuthCredentialsTest, DoNotFollowARedirectOfTheTokenEndpoint) {
  const ScriptedServer elsewhere([](const httplib::Request&, httplib::Response& response) { response.status = 200; });
  const ScriptedServer endpoint([&](const httplib::Request&, httplib::Response& response) {
    response.status = 307;
    response.set_header("Location", elsewhere.url());
  });
  options.token_url = endpoint.url();
  EXPECT_THAT(get(*client(std::make_shared<OAuthCredentials>(options))), HasSubstr("a redirect, which secrets do not follow"));
  EXPECT_EQ(elsewhere.count(), 0U);
}

class Lines final : public Logger {
 public:
  void write(LogLevel level, std::string_view message, Fields fields) override {
    std::string line = fmt::format("{} {}", log_level_name(level), message);
    for (const auto& [name, value] : fields) {
      line += fmt::format(" {}={}", name, value);
    }
    lines.push_back(std::move(line));
  }
  std::vector<std::string> lines;
};

TEST_F(OAuthCredentialsTest, TellWhereLessIsGrantedThanWasAskedFor) {
  options.scope = "system/Patient.rs system/Observation.rs";
  servers.scope = R"("scope":"system/Patient.rs",)";
  OAuthCredentials credentials(options);
  Lines log;
  ASSERT_TRUE(credentials.next(log, {}));
  EXPECT_THAT(log.lines, Contains(AllOf(HasSubstr("granted less"), HasSubstr("not_granted=system/Observation.rs"))));
  EXPECT_THAT(log.lines, Not(Contains(HasSubstr("token-1"))));
  EXPECT_EQ(credentials.granted_scope(), "system/Patient.rs");
}

}  // namespace
}  // namespace lakeflow
