#include "libs/auth/json_web_key.h"

#include <optional>
#include <vector>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <nlohmann/json.hpp>

#include "libs/auth/base64.h"

namespace lakeflow {
namespace {

using Json = nlohmann::json;
using Number = std::unique_ptr<BIGNUM, decltype(&BN_clear_free)>;
using Builder = std::unique_ptr<OSSL_PARAM_BLD, decltype(&OSSL_PARAM_BLD_free)>;
using Parameters = std::unique_ptr<OSSL_PARAM, decltype(&OSSL_PARAM_free)>;
using Context = std::unique_ptr<EVP_PKEY_CTX, decltype(&EVP_PKEY_CTX_free)>;

std::string text_of(const Json& object, const char* name) {
  return object.is_object() && object.contains(name) && object.at(name).is_string() ? object.at(name).get<std::string>() : std::string();
}

std::optional<std::string> bytes_of(const Json& key, const char* name) {
  const std::string text = text_of(key, name);
  return text.empty() ? std::nullopt : parse_base64url(text);
}

Number number_of(std::string_view bytes) {
  return {BN_bin2bn(reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<int>(bytes.size()), nullptr), &BN_clear_free};
}

Error malformed(std::string_view what) {
  return Error::user("the JSON Web Key " + std::string(what),
                     "give a private key of type RSA, or EC on P-384, with every member that RFC 7518 asks for");
}

Result<std::shared_ptr<EVP_PKEY>> build(const char* type, OSSL_PARAM_BLD* builder) {
  const Parameters parameters(OSSL_PARAM_BLD_to_param(builder), &OSSL_PARAM_free);
  const Context context(EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr), &EVP_PKEY_CTX_free);
  EVP_PKEY* key = nullptr;
  if (!parameters || !context || EVP_PKEY_fromdata_init(context.get()) <= 0 ||
      EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_KEYPAIR, parameters.get()) <= 0) {
    return std::unexpected(malformed("makes no key"));
  }
  return std::shared_ptr<EVP_PKEY>(key, &EVP_PKEY_free);
}

Result<std::shared_ptr<EVP_PKEY>> rsa_key(const Json& key) {
  struct Member {
    const char* json;
    const char* openssl;
  };
  constexpr Member kRequired[] = {{"n", OSSL_PKEY_PARAM_RSA_N}, {"e", OSSL_PKEY_PARAM_RSA_E}, {"d", OSSL_PKEY_PARAM_RSA_D}};
  constexpr Member kFaster[] = {{"p", OSSL_PKEY_PARAM_RSA_FACTOR1},
                                {"q", OSSL_PKEY_PARAM_RSA_FACTOR2},
                                {"dp", OSSL_PKEY_PARAM_RSA_EXPONENT1},
                                {"dq", OSSL_PKEY_PARAM_RSA_EXPONENT2},
                                {"qi", OSSL_PKEY_PARAM_RSA_COEFFICIENT1}};
  const Builder builder(OSSL_PARAM_BLD_new(), &OSSL_PARAM_BLD_free);
  std::vector<Number> numbers;  // the builder refers to them
  const auto add = [&](const Member& member) {
    const std::optional<std::string> bytes = bytes_of(key, member.json);
    if (!bytes) {
      return false;
    }
    numbers.push_back(number_of(*bytes));
    return OSSL_PARAM_BLD_push_BN(builder.get(), member.openssl, numbers.back().get()) == 1;
  };
  for (const Member& member : kRequired) {
    if (!add(member)) {
      return std::unexpected(malformed("lacks n, e or d, or has one that is no base64url: is it the private one?"));
    }
  }
  if (key.contains("p")) {
    for (const Member& member : kFaster) {
      if (!add(member)) {
        return std::unexpected(malformed("has p, but not all of q, dp, dq and qi"));
      }
    }
  }
  return build("RSA", builder.get());
}

Result<std::shared_ptr<EVP_PKEY>> elliptic_key(const Json& key) {
  constexpr std::size_t kCoordinate = 48;
  if (text_of(key, "crv") != "P-384") {
    return std::unexpected(malformed("is on another curve than P-384"));
  }
  const std::optional<std::string> x = bytes_of(key, "x");
  const std::optional<std::string> y = bytes_of(key, "y");
  const std::optional<std::string> d = bytes_of(key, "d");
  if (!x || !y || !d || x->size() != kCoordinate || y->size() != kCoordinate) {
    return std::unexpected(malformed("lacks x, y or d, or has one that is no base64url of the right length: is it the private one?"));
  }
  const std::string point = '\4' + *x + *y;  // SEC 1 §2.3.3, not compressed
  const Number secret = number_of(*d);
  const Builder builder(OSSL_PARAM_BLD_new(), &OSSL_PARAM_BLD_free);
  OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, "P-384", 0);
  OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size());
  OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_PRIV_KEY, secret.get());
  return build("EC", builder.get());
}

Result<Json> choose(const Json& document, std::string_view key_id) {
  if (!document.contains("keys")) {
    return document;
  }
  std::vector<Json> fitting;
  if (document.at("keys").is_array()) {
    for (const Json& key : document.at("keys")) {
      if (key.is_object() && key.contains("d") && (key_id.empty() || text_of(key, "kid") == key_id)) {
        fitting.push_back(key);
      }
    }
  }
  if (fitting.size() != 1) {
    return std::unexpected(Error::user(
        fitting.empty() ? "the set of JSON Web Keys has no private key of this key_id" : "the set of JSON Web Keys has several private keys",
        "name one of them by key_id"));
  }
  return fitting.front();
}

}  // namespace

Result<JsonWebKey> parse_json_web_key(std::string_view json, std::string_view key_id) {
  const Json document = Json::parse(json, nullptr, false);
  if (!document.is_object()) {
    return std::unexpected(malformed("is no JSON object"));
  }
  LAKEFLOW_ASSIGN(const Json key, choose(document, key_id));
  const std::string type = text_of(key, "kty");
  if (type != "RSA" && type != "EC") {
    return std::unexpected(malformed("is of another type (kty) than RSA and EC"));
  }
  LAKEFLOW_ASSIGN(std::shared_ptr<EVP_PKEY> made, type == "RSA" ? rsa_key(key) : elliptic_key(key));
  return JsonWebKey{.key = std::move(made), .key_id = text_of(key, "kid")};
}

}  // namespace lakeflow
