#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/error.h"

struct evp_pkey_st;

namespace lakeflow {

// A private key out of JSON.
struct JsonWebKey {
  std::shared_ptr<evp_pkey_st> key;
  std::string key_id;  // empty where it has none
};

// Reads a private JSON Web Key of type RSA or EC (RFC 7518 §6), or finds it in a set: the one of this id, or the only private one where
// the id is empty. A user error otherwise, which holds nothing of the text.
Result<JsonWebKey> parse_json_web_key(std::string_view json, std::string_view key_id);

}  // namespace lakeflow
