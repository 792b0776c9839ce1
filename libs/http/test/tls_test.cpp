#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "libs/http/http_client.h"
#include "libs/http/test/scripted_server.h"

namespace lakeflow {
namespace {

using testing::HasSubstr;

// A server's certificate that signs itself, as a hospital's private authority would, good for the given names.
class Certificate {
 public:
  explicit Certificate(const std::string& names) : key_(EVP_EC_gen("P-256"), &EVP_PKEY_free), certificate_(X509_new(), &X509_free) {
    X509* const certificate = certificate_.get();
    X509_set_version(certificate, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
    X509_gmtime_adj(X509_getm_notBefore(certificate), -3600);
    X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
    X509_set_pubkey(certificate, key_.get());
    X509_NAME* const name = X509_get_subject_name(certificate);
    const std::string common_name = "lakeflow test";
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, reinterpret_cast<const unsigned char*>(common_name.data()), -1, -1, 0);
    X509_set_issuer_name(certificate, name);
    add_extension(NID_subject_alt_name, names);
    add_extension(NID_basic_constraints, "critical,CA:TRUE");
    X509_sign(certificate, key_.get(), EVP_sha256());
    path_ = (std::filesystem::temp_directory_path() / ("lakeflow-tls-" + std::to_string(getpid()) + ".pem")).string();
    const std::unique_ptr<FILE, decltype(&std::fclose)> file(std::fopen(path_.c_str(), "w"), &std::fclose);
    PEM_write_X509(file.get(), certificate);
  }
  ~Certificate() { std::filesystem::remove(path_); }
  Certificate(const Certificate&) = delete;
  Certificate& operator=(const Certificate&) = delete;

  X509* certificate() const { return certificate_.get(); }
  EVP_PKEY* key() const { return key_.get(); }
  const std::string& path() const { return path_; }

 private:
  void add_extension(int id, const std::string& value) {
    const std::unique_ptr<X509_EXTENSION, decltype(&X509_EXTENSION_free)> extension(X509V3_EXT_conf_nid(nullptr, nullptr, id, value.c_str()),
                                                                                    &X509_EXTENSION_free);
    X509_add_ext(certificate_.get(), extension.get(), -1);
  }

  std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key_;
  std::unique_ptr<X509, decltype(&X509_free)> certificate_;
  std::string path_;
};

Result<HttpResponse> get(const std::string& url, const std::string& ca_file) {
  HttpClientOptions options;
  options.allowed_origins = {*origin_of(url)};
  options.ca_file = ca_file;
  options.retry = {.budget = 1, .first_wait = 0.01, .longest_wait = 0.05, .longest_retry_after = 1};
  return (*HttpClient::make(options))->send({.url = url});
}

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

}  // namespace
}  // namespace lakeflow
