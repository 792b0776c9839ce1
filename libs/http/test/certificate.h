#pragma once

#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

namespace lakeflow {

// A certificate that signs itself, as a hospital's private authority would, good for the given names ("IP:127.0.0.1", "DNS:fhir.example.org").
// It and its key lie in files while it lives.
class Certificate {
 public:
  // With a password the key's file is encrypted.
  explicit Certificate(const std::string& names, const std::string& password = {})
      : key_(EVP_EC_gen("P-256"), &EVP_PKEY_free), certificate_(X509_new(), &X509_free) {
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
    static int made = 0;
    const std::string prefix =
        (std::filesystem::temp_directory_path() / ("lakeflow-tls-" + std::to_string(getpid()) + "-" + std::to_string(++made))).string();
    path_ = prefix + ".pem";
    key_path_ = prefix + ".key";
    const File file(std::fopen(path_.c_str(), "w"));
    PEM_write_X509(file.get(), certificate);
    const File key_file(std::fopen(key_path_.c_str(), "w"));
    PEM_write_PKCS8PrivateKey(key_file.get(), key_.get(), password.empty() ? nullptr : EVP_aes_128_cbc(), nullptr, 0, nullptr,
                              password.empty() ? nullptr : const_cast<char*>(password.c_str()));
  }
  ~Certificate() {
    std::filesystem::remove(path_);
    std::filesystem::remove(key_path_);
  }
  Certificate(const Certificate&) = delete;
  Certificate& operator=(const Certificate&) = delete;

  X509* certificate() const { return certificate_.get(); }
  EVP_PKEY* key() const { return key_.get(); }
  const std::string& path() const { return path_; }
  const std::string& key_path() const { return key_path_; }

 private:
  struct CloseFile {
    void operator()(FILE* file) const { std::fclose(file); }
  };
  using File = std::unique_ptr<FILE, CloseFile>;

  void add_extension(int id, const std::string& value) {
    const std::unique_ptr<X509_EXTENSION, decltype(&X509_EXTENSION_free)> extension(X509V3_EXT_conf_nid(nullptr, nullptr, id, value.c_str()),
                                                                                    &X509_EXTENSION_free);
    X509_add_ext(certificate_.get(), extension.get(), -1);
  }

  std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key_;
  std::unique_ptr<X509, decltype(&X509_free)> certificate_;
  std::string path_;
  std::string key_path_;
};

}  // namespace lakeflow
