// The options that connectors to HTTP servers have alike. What healthcare, dicomweb and the REST connectors make of them is in their own tests, too.

#include <gmock/gmock.h>

#include <string>

#include "libs/connection_options/credential_options.h"
#include "libs/connection_options/transport_options.h"

namespace lakeflow {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

std::string refusal(const auto& read) { return read ? "none" : read.error().message() + " | " + read.error().next_step(); }

TEST(TransportOptions, AreThoseOfTheClientWhereAConnectorHasNone) {
  const HttpClientOptions before;
  HttpClientOptions http;
  ASSERT_TRUE(read_transport({}, http));
  EXPECT_EQ(http.connect_timeout, before.connect_timeout);
  EXPECT_EQ(http.first_byte_timeout, before.first_byte_timeout);
  EXPECT_EQ(http.stall_timeout, before.stall_timeout);
  EXPECT_EQ(http.request_timeout, before.request_timeout);
  EXPECT_EQ(http.retry.budget, before.retry.budget);
  EXPECT_EQ(http.maximum_body_bytes, before.maximum_body_bytes);
  EXPECT_EQ(http.proxy.proxy, "environment");
  EXPECT_FALSE(http.allow_http);
}

TEST(TransportOptions, AreReadByTheirNames) {
  HttpClientOptions http;
  ASSERT_TRUE(read_transport({{"allow_http", "true"},
                              {"ca_file", "/etc/ca.pem"},
                              {"proxy", "http://proxy:3128"},
                              {"proxy_username", "u"},
                              {"proxy_password", "p"},
                              {"connect_timeout", "1s"},
                              {"first_byte_timeout", "2s"},
                              {"stall_timeout", "3s"},
                              {"request_timeout", "1m"},
                              {"retry_budget", "0"},
                              {"max_page_bytes", "1kb"}},
                             http));
  EXPECT_TRUE(http.allow_http);
  EXPECT_EQ(http.ca_file, "/etc/ca.pem");
  EXPECT_EQ(http.proxy.proxy + " " + http.proxy.username + " " + http.proxy.password, "http://proxy:3128 u p");
  EXPECT_EQ(http.connect_timeout, 1);
  EXPECT_EQ(http.first_byte_timeout, 2);
  EXPECT_EQ(http.stall_timeout, 3);
  EXPECT_EQ(http.request_timeout, 60);
  EXPECT_EQ(http.retry.budget, 0);
  EXPECT_EQ(http.maximum_body_bytes, 1024U);
}

TEST(TransportOptions, RefuseWhatCantBe) {
  const auto refused = [](const Options& options) {
    HttpClientOptions http;
    return refusal(read_transport(options, http));
  };
  for (const char* const name : {"connect_timeout", "first_byte_timeout", "stall_timeout", "request_timeout"}) {
    EXPECT_THAT(refused({{name, "0"}}), HasSubstr(std::string(name) + " is no time to wait")) << name;
  }
  EXPECT_THAT(refused({{"client_key_file", "/key.pem"}}), HasSubstr("client_cert_file is missing"));
  EXPECT_THAT(refused({{"client_cert_file", "/nowhere.pem"}}), HasSubstr("the key of the client certificate /nowhere.pem can't be read"));
  EXPECT_THAT(refused({{"proxy", "http://user:canary@proxy"}}), AllOf(HasSubstr("connection option proxy"), Not(HasSubstr("canary"))));
  EXPECT_THAT(refusal(read_limits({{"requests_per_second", "0"}})), HasSubstr("requests_per_second is not at least 1"));
}

TEST(BaseUrl, IsTakenWithoutSlashAndQuery) {
  EXPECT_EQ(read_base_url({{"base_url", "https://h/v1//"}}, "base_url").value(), "https://h/v1");
  EXPECT_EQ(read_base_url({}, "base_url").value(), "");
  EXPECT_THAT(refusal(read_base_url({{"base_url", "https://h/v1?key=canary"}}, "base_url")),
              AllOf(HasSubstr("base_url has a query or a fragment"), Not(HasSubstr("canary"))));
}

TEST(Origins, AreThoseOfTheServersAndTheFurtherOnesEachOnce) {
  const auto origins = read_origins({{"allowed_origins", " https://b:8443 ,https://A/path,"}}, {"https://a/dicom-web", "https://a/orthanc"});
  ASSERT_TRUE(origins);
  std::vector<std::string> texts;
  for (const Origin& origin : *origins) texts.push_back(origin.text());
  EXPECT_THAT(texts, ElementsAre("https://a:443", "https://b:8443"));
  EXPECT_THAT(refusal(read_origins({{"allowed_origins", "b"}}, {"https://a"})), HasSubstr("connection option allowed_origins"));
}

TEST(Credentials, OfAServerThatIsNoFhirServerKnowNoSmartAndNeedATokenUrl) {
  const Options client{{"auth_type", "oauth2"}, {"client_id", "c"}, {"client_secret", "s"}};
  EXPECT_THAT(refusal(read_credentials(client, {})), HasSubstr("token_url is missing | auth_type oauth2 needs it"));
  EXPECT_EQ(refusal(read_credentials(client, {}, "https://h/r4")), "none");
  const Options unused{{"auth_type", "none"}, {"client_id", "c"}};
  EXPECT_THAT(refusal(read_credentials(unused, {})), HasSubstr("| set auth_type to oauth2, or take client_id out"));
  EXPECT_THAT(refusal(read_credentials(unused, {}, "https://h/r4")), HasSubstr("| set auth_type to oauth2 or smart_backend_services, or take"));
  EXPECT_EQ(read_credentials({}, {})->credentials, nullptr);
}

TEST(Credentials, AreAKeyInAHeaderOrInTheQuery) {
  const auto credential = [](Options options) {
    options.set("api_key", "made-up");
    return read_credentials(options, {})->credentials->next(silent_logger(), {}).value();
  };
  EXPECT_EQ(credential({{"auth_type", "api_key"}}), (Credential{"X-API-Key", "made-up", Credential::Place::kHeader}));
  EXPECT_EQ(credential({{"auth_type", "api_key_in_query"}, {"api_key_parameter", "appid"}}),
            (Credential{"appid", "made-up", Credential::Place::kQuery}));
  const Options unused{{"auth_type", "none"}, {"api_key", "made-up"}, {"api_key_parameter", "appid"}};
  EXPECT_THAT(refusal(read_credentials(unused, {})), HasSubstr("| set auth_type to api_key or api_key_in_query, or take api_key out"));
  EXPECT_THAT(refusal(read_credentials({{"auth_type", "api_key_in_query"}, {"api_key_parameter", "appid"}}, {})), HasSubstr("api_key is missing"));
}

}  // namespace
}  // namespace lakeflow
