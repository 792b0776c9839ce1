#include "simulator/http/server_tls.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

namespace lakeflow {
namespace {

using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using Certificate509 = std::unique_ptr<X509, decltype(&X509_free)>;

constexpr long kDay = 24L * 3600;

void add_extension(X509* certificate, int id, const std::string& value) {
  const std::unique_ptr<X509_EXTENSION, decltype(&X509_EXTENSION_free)> extension(X509V3_EXT_conf_nid(nullptr, nullptr, id, value.c_str()),
                                                                                  &X509_EXTENSION_free);
  X509_add_ext(certificate, extension.get(), -1);
}

// Signed by itself, good for the names from `begins` to `ends`, in seconds from now.
Certificate509 make_certificate(EVP_PKEY* key, const std::string& names, long begins, long ends) {
  Certificate509 certificate(X509_new(), &X509_free);
  X509_set_version(certificate.get(), X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), 1);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), begins);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), ends);
  X509_set_pubkey(certificate.get(), key);
  X509_NAME* const name = X509_get_subject_name(certificate.get());
  const std::string common_name = "lakeflow simulator";
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, reinterpret_cast<const unsigned char*>(common_name.data()), -1, -1, 0);
  X509_set_issuer_name(certificate.get(), name);
  add_extension(certificate.get(), NID_subject_alt_name, names);
  add_extension(certificate.get(), NID_basic_constraints, "critical,CA:TRUE");
  X509_sign(certificate.get(), key, EVP_sha256());
  return certificate;
}

std::string pem_of(X509* certificate) {
  const std::unique_ptr<BIO, decltype(&BIO_free)> memory(BIO_new(BIO_s_mem()), &BIO_free);
  PEM_write_bio_X509(memory.get(), certificate);
  char* bytes = nullptr;
  const long size = BIO_get_mem_data(memory.get(), &bytes);
  return {bytes, static_cast<std::size_t>(size)};
}

}  // namespace

Result<std::unique_ptr<ServerTls>> ServerTls::make() {
  auto made = std::make_unique<ServerTls>();
  constexpr const char* kHere = "IP:127.0.0.1,DNS:localhost";
  LAKEFLOW_TRY(made->add("", kHere, -kDay, kDay));
  LAKEFLOW_TRY(made->add("expired", kHere, -2 * kDay, -kDay));
  LAKEFLOW_TRY(made->add("wrong-host", "DNS:elsewhere.invalid", -kDay, kDay));
  LAKEFLOW_TRY(made->add("self-signed", kHere, -kDay, kDay));
  return made;
}

ServerTls::~ServerTls() {
  for (const auto& [kind, context] : contexts_) {
    SSL_CTX_free(context);
  }
}

// The expired certificate and that of another host are trusted, too: a client has to refuse them for what they are.
Status ServerTls::add(std::string kind, const std::string& names, long begins, long ends) {
  const Key key(EVP_EC_gen("P-256"), &EVP_PKEY_free);
  SSL_CTX* const context = SSL_CTX_new(TLS_server_method());
  contexts_.emplace(kind, context);
  const Certificate509 certificate = make_certificate(key.get(), names, begins, ends);
  if (key == nullptr || context == nullptr || SSL_CTX_use_certificate(context, certificate.get()) != 1 ||
      SSL_CTX_use_PrivateKey(context, key.get()) != 1) {
    return std::unexpected(Error::internal("a certificate for the simulator can't be made"));
  }
  if (kind != "self-signed") {
    certificate_ += pem_of(certificate.get());
  }
  return {};
}

SSL_CTX* ServerTls::context(std::string_view kind) const {
  const auto found = contexts_.find(kind);
  return found == contexts_.end() ? nullptr : found->second;
}

}  // namespace lakeflow
