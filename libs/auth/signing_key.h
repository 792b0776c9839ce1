#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/error.h"

struct evp_pkey_st;

namespace lakeflow {

// A private key that signs JSON Web Tokens: RSA of at least 2048 bits with RS384, or P-384 with ES384 (the two that SMART App Launch 2
// asks for, "Asymmetric Authentication"). Immutable: may be used by several threads.
class SigningKey {
 public:
  // Reads PEM (PKCS #8, PKCS #1 or SEC 1, not encrypted), a JSON Web Key (RFC 7517) or a set of them. `key_id` is the kid under which the
  // authorization server knows the public half; it may be empty where the JSON Web Key has one, and chooses the key in a set.
  // A user error where the text is none of them, the key is public, or of another kind; it holds nothing of the text.
  static Result<SigningKey> parse(std::string_view text, std::string_view key_id);

  const std::string& key_id() const { return key_id_; }
  std::string_view algorithm() const { return algorithm_; }  // "RS384", "ES384"

  // The signature of a JSON Web Signature (RFC 7518 §3.3, §3.4): of ES384 it is r and s, 48 bytes each.
  Result<std::string> sign(std::string_view text) const;

 private:
  SigningKey(std::shared_ptr<evp_pkey_st> key, std::string key_id, std::string_view algorithm)
      : key_(std::move(key)), key_id_(std::move(key_id)), algorithm_(algorithm) {}

  std::shared_ptr<evp_pkey_st> key_;
  std::string key_id_;
  std::string_view algorithm_;
};

}  // namespace lakeflow
