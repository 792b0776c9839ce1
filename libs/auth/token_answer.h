#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "libs/http/http_client.h"

namespace lakeflow {

// An access token as it was granted (RFC 6749 §5.1).
struct AccessToken {
  std::string value;
  std::optional<double> expires_in;  // seconds; nothing where the server did not say
  std::optional<std::string> scope;  // nothing where it did not say: then it is what was asked for
};

// How a client showed who it is, for what an error advises.
enum class ClientProof { kSecret, kSignature };

// Reads what a token endpoint answered. A source error where it is no token: with its error code of RFC 6749 §5.2, what to do about it, and by how
// much this machine's clock differs from the server's, where that may be the reason. `now` is this machine's time when the answer came.
Result<AccessToken> parse_token_answer(const HttpResponse& answer, ClientProof proof, TimestampMicros now);

}  // namespace lakeflow
