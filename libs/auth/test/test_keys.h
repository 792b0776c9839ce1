#pragma once

#include <memory>
#include <string>
#include <string_view>

#include <gtest/gtest.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <nlohmann/json.hpp>

#include "libs/auth/base64.h"

namespace lakeflow {

using TestKey = std::shared_ptr<EVP_PKEY>;

inline TestKey new_rsa_key(unsigned bits = 2048) { return {EVP_RSA_gen(bits), &EVP_PKEY_free}; }
inline TestKey new_elliptic_key(const char* curve = "P-384") { return {EVP_EC_gen(curve), &EVP_PKEY_free}; }

inline std::string pem_of(const TestKey& key, const char* password = nullptr) {
  const std::unique_ptr<BIO, decltype(&BIO_free)> bio(BIO_new(BIO_s_mem()), &BIO_free);
  PEM_write_bio_PKCS8PrivateKey(bio.get(), key.get(), password == nullptr ? nullptr : EVP_aes_128_cbc(), nullptr, 0, nullptr,
                                const_cast<char*>(password));
  char* text = nullptr;
  const long length = BIO_get_mem_data(bio.get(), &text);
  return {text, static_cast<std::size_t>(length)};
}

inline std::string number_of(const TestKey& key, const char* name, std::size_t width = 0) {
  BIGNUM* number = nullptr;
  EXPECT_EQ(EVP_PKEY_get_bn_param(key.get(), name, &number), 1);
  std::string bytes(width == 0 ? static_cast<std::size_t>(BN_num_bytes(number)) : width, '\0');
  BN_bn2binpad(number, reinterpret_cast<unsigned char*>(bytes.data()), static_cast<int>(bytes.size()));
  BN_clear_free(number);
  return base64url(bytes);
}

inline nlohmann::json json_of(const TestKey& key, const std::string& key_id) {
  if (EVP_PKEY_is_a(key.get(), "RSA") == 1) {
    return {{"kty", "RSA"},
            {"kid", key_id},
            {"n", number_of(key, OSSL_PKEY_PARAM_RSA_N)},
            {"e", number_of(key, OSSL_PKEY_PARAM_RSA_E)},
            {"d", number_of(key, OSSL_PKEY_PARAM_RSA_D)}};
  }
  return {{"kty", "EC"},
          {"crv", "P-384"},
          {"kid", key_id},
          {"x", number_of(key, OSSL_PKEY_PARAM_EC_PUB_X, 48)},
          {"y", number_of(key, OSSL_PKEY_PARAM_EC_PUB_Y, 48)},
          {"d", number_of(key, OSSL_PKEY_PARAM_PRIV_KEY, 48)}};
}

// Whether the signature of a JSON Web Signature holds, by OpenSSL alone.
inline bool holds(const TestKey& key, std::string_view text, std::string signature) {
  if (EVP_PKEY_is_a(key.get(), "EC") == 1) {
    if (signature.size() != 96) {
      return false;
    }
    const auto* const bytes = reinterpret_cast<const unsigned char*>(signature.data());
    const std::unique_ptr<ECDSA_SIG, decltype(&ECDSA_SIG_free)> numbers(ECDSA_SIG_new(), &ECDSA_SIG_free);
    ECDSA_SIG_set0(numbers.get(), BN_bin2bn(bytes, 48, nullptr), BN_bin2bn(bytes + 48, 48, nullptr));
    unsigned char* der = nullptr;
    const int length = i2d_ECDSA_SIG(numbers.get(), &der);
    signature.assign(reinterpret_cast<const char*>(der), static_cast<std::size_t>(length));
    OPENSSL_free(der);
  }
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> digest(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
  EVP_DigestVerifyInit(digest.get(), nullptr, EVP_sha384(), nullptr, key.get());
  return EVP_DigestVerify(digest.get(), reinterpret_cast<const unsigned char*>(signature.data()), signature.size(),
                          reinterpret_cast<const unsigned char*>(text.data()), text.size()) == 1;
}

}  // namespace lakeflow
