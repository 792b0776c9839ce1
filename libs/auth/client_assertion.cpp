#include "libs/auth/client_assertion.h"

#include <openssl/rand.h>
#include <nlohmann/json.hpp>

#include "libs/auth/base64.h"

namespace lakeflow {

Result<std::string> new_token_id() {
  unsigned char bytes[16];
  if (RAND_bytes(bytes, sizeof bytes) != 1) {
    return std::unexpected(Error::internal("this machine gives no random numbers"));
  }
  return base64url({reinterpret_cast<const char*>(bytes), sizeof bytes});
}

Result<std::string> client_assertion(const SigningKey& key, const AssertionClaims& claims) {
  const nlohmann::json header = {{"alg", key.algorithm()}, {"kid", key.key_id()}, {"typ", "JWT"}};
  const nlohmann::json payload = {
      {"iss", claims.client_id}, {"sub", claims.client_id}, {"aud", claims.audience}, {"exp", claims.expires / 1'000'000}, {"jti", claims.token_id}};
  constexpr auto kReplace = nlohmann::json::error_handler_t::replace;
  std::string token = base64url(header.dump(-1, ' ', false, kReplace)) + '.' + base64url(payload.dump(-1, ' ', false, kReplace));
  LAKEFLOW_ASSIGN(const std::string signature, key.sign(token));
  token += '.';
  token += base64url(signature);
  return token;
}

}  // namespace lakeflow
