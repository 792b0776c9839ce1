#include "libs/auth/signing_key.h"

#include <utility>

#include <fmt/format.h>
#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include "libs/auth/json_web_key.h"

namespace lakeflow {
namespace {

constexpr int kCoordinate = 48;  // bytes of P-384
constexpr int kLeastRsaBits = 2048;

using Digest = std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)>;

int refuse_password(char*, int, int, void*) { return -1; }

Result<std::shared_ptr<EVP_PKEY>> read_pem(std::string_view text) {
  const std::unique_ptr<BIO, decltype(&BIO_free)> bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())), &BIO_free);
  EVP_PKEY* const key = PEM_read_bio_PrivateKey(bio.get(), nullptr, &refuse_password, nullptr);
  if (key == nullptr) {
    const bool is_encrypted = text.contains("ENCRYPTED");
    const bool is_public = text.contains("PUBLIC KEY") || text.contains("BEGIN CERTIFICATE");
    return std::unexpected(Error::user(is_encrypted ? "the private key is encrypted"
                                       : is_public  ? "the key is a public one or a certificate: tokens are signed by the private one"
                                                    : "the private key is neither PEM nor a JSON Web Key",
                                       is_encrypted
                                           ? "give it without a password (openssl pkey), as a secret or in a file of mode 0600"
                                           : "give the text from -----BEGIN PRIVATE KEY----- to the end, line breaks included, or a JSON Web Key"));
  }
  return std::shared_ptr<EVP_PKEY>(key, &EVP_PKEY_free);
}

Result<std::string_view> algorithm_of(const EVP_PKEY& key) {
  if (EVP_PKEY_is_a(&key, "RSA") == 1) {
    if (EVP_PKEY_get_bits(&key) < kLeastRsaBits) {
      return std::unexpected(Error::user(fmt::format("the private key is RSA of {} bits", EVP_PKEY_get_bits(&key)), "RS384 takes 2048 bits or more"));
    }
    return "RS384";
  }
  char curve[80] = {};
  if (EVP_PKEY_is_a(&key, "EC") == 1 && EVP_PKEY_get_group_name(&key, curve, sizeof curve, nullptr) == 1 &&
      (std::string_view(curve) == "secp384r1" || std::string_view(curve) == "P-384")) {
    return "ES384";
  }
  return std::unexpected(Error::user("the private key is neither RSA nor of the curve P-384",
                                     "make one by openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-384"));
}

// OpenSSL gives DER; JSON Web Signatures take the two numbers.
std::string two_numbers(std::string_view der) {
  const auto* bytes = reinterpret_cast<const unsigned char*>(der.data());
  const std::unique_ptr<ECDSA_SIG, decltype(&ECDSA_SIG_free)> signature(d2i_ECDSA_SIG(nullptr, &bytes, static_cast<long>(der.size())),
                                                                        &ECDSA_SIG_free);
  std::string numbers(std::size_t{2} * kCoordinate, '\0');
  auto* const out = reinterpret_cast<unsigned char*>(numbers.data());
  if (!signature || BN_bn2binpad(ECDSA_SIG_get0_r(signature.get()), out, kCoordinate) != kCoordinate ||
      BN_bn2binpad(ECDSA_SIG_get0_s(signature.get()), out + kCoordinate, kCoordinate) != kCoordinate) {
    return {};
  }
  return numbers;
}

Result<std::string> sign_digest(EVP_PKEY* key, std::string_view text) {
  const Digest digest(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
  const auto* const bytes = reinterpret_cast<const unsigned char*>(text.data());
  std::size_t length = 0;
  if (EVP_DigestSignInit(digest.get(), nullptr, EVP_sha384(), nullptr, key) != 1 ||
      EVP_DigestSign(digest.get(), nullptr, &length, bytes, text.size()) != 1) {
    return std::unexpected(Error::user("the private key does not sign"));
  }
  std::string signature(length, '\0');
  if (EVP_DigestSign(digest.get(), reinterpret_cast<unsigned char*>(signature.data()), &length, bytes, text.size()) != 1) {
    return std::unexpected(Error::user("the private key does not sign"));
  }
  signature.resize(length);
  return signature;
}

// A JSON Web Key may be put together of two keys' halves: its signatures would be refused, and nobody would know why.
Status prove(EVP_PKEY* key) {
  constexpr std::string_view kText = "proof";
  LAKEFLOW_ASSIGN(const std::string signature, sign_digest(key, kText));
  const Digest digest(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
  if (EVP_DigestVerifyInit(digest.get(), nullptr, EVP_sha384(), nullptr, key) != 1 ||
      EVP_DigestVerify(digest.get(), reinterpret_cast<const unsigned char*>(signature.data()), signature.size(),
                       reinterpret_cast<const unsigned char*>(kText.data()), kText.size()) != 1) {
    return std::unexpected(Error::user("the halves of the private key do not belong together", "make a new pair, and register its public half"));
  }
  return {};
}

}  // namespace

Result<SigningKey> SigningKey::parse(std::string_view text, std::string_view key_id) {
  const bool is_json = text.substr(std::min(text.find_first_not_of(" \t\r\n"), text.size())).starts_with('{');
  JsonWebKey read{.key = nullptr, .key_id = std::string(key_id)};
  if (is_json) {
    LAKEFLOW_ASSIGN(read, parse_json_web_key(text, key_id));
    if (!key_id.empty()) {
      read.key_id = key_id;
    }
  } else {
    LAKEFLOW_ASSIGN(read.key, read_pem(text));
  }
  if (read.key_id.empty()) {
    return std::unexpected(Error::user("the private key has no id (kid)", "set key_id to the one under which its public half is registered"));
  }
  LAKEFLOW_ASSIGN(const std::string_view algorithm, algorithm_of(*read.key));
  LAKEFLOW_TRY(prove(read.key.get()));
  return SigningKey(std::move(read.key), std::move(read.key_id), algorithm);
}

Result<std::string> SigningKey::sign(std::string_view text) const {
  LAKEFLOW_ASSIGN(std::string signature, sign_digest(key_.get(), text));
  return algorithm_ == "ES384" ? two_numbers(signature) : signature;
}

}  // namespace lakeflow
