#pragma once

#include <string>

#include "base/clock.h"
#include "base/error.h"
#include "libs/auth/signing_key.h"

namespace lakeflow {

// What a client assertion says (RFC 7523 §3; SMART App Launch 2, "Authentication: Asymmetric").
struct AssertionClaims {
  std::string client_id;  // iss and sub
  std::string audience;   // aud: the token URL
  TimestampMicros expires = 0;
  std::string token_id;  // jti: for once
};

// How long an assertion holds: SMART allows five minutes, and clocks differ a little either way.
inline constexpr TimestampMicros kAssertionLife = 4 * 60 * TimestampMicros{1'000'000};

// 128 random bits, as text.
Result<std::string> new_token_id();

// The signed JSON Web Token.
Result<std::string> client_assertion(const SigningKey& key, const AssertionClaims& claims);

}  // namespace lakeflow
