#include <cstdlib>
#include <memory>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "libs/http/http_client.h"
#include "libs/http/test/certificate.h"
#include "libs/http/test/connect_proxy.h"
#include "libs/http/test/scripted_server.h"

namespace lakeflow {
namespace {

using testing::AllOf;
using testing::AnyOf;
using testing::HasSubstr;
using testing::Not;

HttpClientOptions trusting(const std::string& url, const std::string& ca_file) {
  HttpClientOptions options;
  options.allowed_origins = {*origin_of(url)};
  options.ca_file = ca_file;
  options.retry = {.budget = 1, .first_wait = 0.01, .longest_wait = 0.05, .longest_retry_after = 1};
  return options;
}

Result<HttpResponse> get(const std::string& url, const HttpClientOptions& options) { return (*HttpClient::make(options))->send({.url = url}); }
Result<HttpResponse> get(const std::string& url, const std::string& ca_file) { return get(url, trusting(url, ca_file)); }

void answer(const httplib::Request&, httplib::Response& response) { response.set_content("fine", "text/plain"); }

TEST(Tls, IsCheckedAgainstTheAuthoritiesThatAreTrusted) {
  const Certificate certificate("IP:127.0.0.1");
  const ScriptedServer server(std::make_unique<httplib::SSLServer>(certificate.certificate(), certificate.key()), answer, "https");

  const auto untrusted = get(server.url(), "");
  ASSERT_FALSE(untrusted);
  EXPECT_THAT(untrusted.error().message(), HasSubstr("its certificate does not hold"));
  EXPECT_EQ(server.count(), 0U);

  const auto trusted = get(server.url(), certificate.path());
  ASSERT_TRUE(trusted) << trusted.error().message();
  EXPECT_EQ(trusted->body, "fine");
}

TEST(Tls, IsCheckedForTheHost) {
  const Certificate certificate("DNS:fhir.example.org");
  const ScriptedServer server(std::make_unique<httplib::SSLServer>(certificate.certificate(), certificate.key()), answer, "https");
  EXPECT_THAT(get(server.url(), certificate.path()).error().message(), HasSubstr("its certificate does not hold"));
}

TEST(Tls, SaysWhenTheFileOfAuthoritiesIsMissing) {
  const Certificate certificate("IP:127.0.0.1");
  const ScriptedServer server(std::make_unique<httplib::SSLServer>(certificate.certificate(), certificate.key()), answer, "https");
  EXPECT_THAT(get(server.url(), "/nowhere/ca.pem").error().message(), HasSubstr("ca_file"));
}

// A server that wants clients to show a certificate that this one signed.
std::unique_ptr<httplib::SSLServer> demanding(const Certificate& own, const Certificate& client) {
  X509_STORE* const store = X509_STORE_new();  // the server's from here on
  X509_STORE_add_cert(store, client.certificate());
  return std::make_unique<httplib::SSLServer>(own.certificate(), own.key(), store);
}

TEST(ClientCertificate, IsShown) {
  const Certificate own("IP:127.0.0.1");
  const Certificate client("DNS:clinic", "password");
  const ScriptedServer server(demanding(own, client), answer, "https");
  HttpClientOptions options = trusting(server.url(), own.path());
  const auto without = get(server.url(), options);
  ASSERT_FALSE(without);
  // Which of the two, is for the network to say: the server's reason gets lost where the request reaches it after it closed.
  EXPECT_THAT(without.error().message(), AnyOf(HasSubstr("without a client certificate that it knows"),
                                               HasSubstr("closed the connection after it had asked for a client certificate (4 attempts")));
  EXPECT_THAT(without.error().next_step(), HasSubstr("client_cert_file"));

  options.client_certificate = {.certificate_file = client.path(), .key_file = client.key_path(), .key_password = "password"};
  const auto with = get(server.url(), options);
  ASSERT_TRUE(with) << with.error().message();
  EXPECT_EQ(with->body, "fine");

  options.client_certificate.key_password = "canary";
  const auto wrong_password = get(server.url(), options);
  ASSERT_FALSE(wrong_password);
  EXPECT_THAT(wrong_password.error().message(), AllOf(HasSubstr("client_cert_file"), Not(HasSubstr("canary"))));
  options.client_certificate = {.certificate_file = "/nowhere.pem", .key_file = {}, .key_password = {}};
  EXPECT_THAT(get(server.url(), options).error().message(), HasSubstr("client_cert_file"));
  EXPECT_EQ(server.count(), 1U);
}

TEST(ClientCertificate, OfAStrangerIsRefused) {
  const Certificate own("IP:127.0.0.1");
  const Certificate known("DNS:clinic");
  const Certificate stranger("DNS:stranger");
  const ScriptedServer server(demanding(own, known), answer, "https");
  HttpClientOptions options = trusting(server.url(), own.path());
  options.client_certificate = {.certificate_file = stranger.path(), .key_file = stranger.key_path(), .key_password = {}};
  const auto refused = get(server.url(), options);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().next_step(), HasSubstr("client_cert_file"));
  EXPECT_EQ(server.count(), 0U);
}

// A server that is reached under a name that nobody resolves, through a proxy.
class ThroughProxy : public testing::Test {
 protected:
  int port() const { return std::stoi(server_.url().substr(server_.url().rfind(':') + 1)); }
  HttpClientOptions through(const ConnectProxy& proxy) const {
    HttpClientOptions options = trusting(kUrl, own_.path());
    options.proxy.proxy = proxy.url();
    return options;
  }
  const std::string kUrl = "https://fhir.example.org/r4";

  const Certificate own_{"DNS:fhir.example.org"};
  const ScriptedServer server_{std::make_unique<httplib::SSLServer>(own_.certificate(), own_.key()), answer, "https"};
};

TEST_F(ThroughProxy, TheServerIsReachedAndItsCertificateChecked) {
  const ConnectProxy proxy(port());
  const auto response = get(kUrl, through(proxy));
  ASSERT_TRUE(response) << response.error().message();
  EXPECT_EQ(response->body, "fine");
  EXPECT_THAT(proxy.heads().at(0), HasSubstr("CONNECT fhir.example.org:443 HTTP/1.1"));
  EXPECT_EQ(response->header("proxy-authenticate"), "") << "what the proxy says is not the server's answer";
  HttpClientOptions distrusting = through(proxy);
  distrusting.ca_file.clear();
  EXPECT_THAT(get(kUrl, distrusting).error().message(), HasSubstr("its certificate does not hold"));
}

TEST_F(ThroughProxy, TheProxyIsShownAPasswordAndTheServerIsNot) {
  const ConnectProxy proxy(port(), "Basic dTpw");  // u:p
  HttpClientOptions options = through(proxy);
  const auto unknown = get(kUrl, options);
  ASSERT_FALSE(unknown);
  EXPECT_THAT(unknown.error().message(), HasSubstr("the proxy asks for a user and a password"));
  EXPECT_EQ(proxy.heads().size(), 1U) << "not tried again";
  options.proxy.username = "u";
  options.proxy.password = "p";
  options.credentials = fixed_credentials(bearer_token("t"));
  const auto response = get(kUrl, options);
  ASSERT_TRUE(response) << response.error().message();
  EXPECT_FALSE(server_.requests().at(0).has_header("Proxy-Authorization"));
  EXPECT_THAT(proxy.heads().back(), Not(HasSubstr("Bearer"))) << "the token is the server's";
}

TEST_F(ThroughProxy, TheEnvironmentNamesOne) {
  const ConnectProxy proxy(port());
  ::setenv("https_proxy", proxy.url().c_str(), 1);
  HttpClientOptions options = trusting(kUrl, own_.path());
  EXPECT_TRUE(get(kUrl, options));
  ::setenv("no_proxy", "example.org", 1);
  EXPECT_THAT(get(kUrl, options).error().message(), HasSubstr("does not resolve"));
  ::unsetenv("no_proxy");
  options.proxy.proxy = "none";
  EXPECT_THAT(get(kUrl, options).error().message(), HasSubstr("does not resolve"));
  ::unsetenv("https_proxy");
  EXPECT_EQ(proxy.heads().size(), 1U);
}

TEST_F(ThroughProxy, ARefusalOfTheProxyIsSaid) {
  const ConnectProxy proxy(port(), {}, 403);
  const auto refused = get(kUrl, through(proxy));
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message(), HasSubstr("the proxy refuses to lead there"));
}

}  // namespace
}  // namespace lakeflow
