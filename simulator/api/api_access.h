#pragma once

#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

#include "base/clock.h"
#include "simulator/api/api_description.h"
#include "simulator/api/api_refusal.h"
#include "simulator/http/request_target.h"

namespace lakeflow {

// Lets requests in, and gives out tokens (OAuth 2.0, RFC 6749 §4.4). Thread-safe.
class ApiDoor {
 public:
  ApiDoor(ApiAccess access, ApiRateLimit limit, std::uint64_t seed) : access_(std::move(access)), limit_(std::move(limit)), seed_(seed) {}

  // 401 where the request bears no right to enter. A key in the query is taken out of the parameters.
  Allowed<void> let_in(const ReceivedRequest& request, QueryParameters& parameters, TimestampMicros now);
  // 429 where there were too many requests.
  Allowed<void> count(TimestampMicros now);

  bool gives_tokens() const { return access_.by == ApiAccess::By::kOauth2; }
  // An answer of the token endpoint.
  HttpAnswer give_token(const ReceivedRequest& request, TimestampMicros now);

 private:
  struct Token {
    TimestampMicros until = 0;
    std::uint64_t uses = 0;
  };
  bool token_holds(std::string_view token, TimestampMicros now);

  const ApiAccess access_;
  const ApiRateLimit limit_;
  const std::uint64_t seed_;
  std::mutex mutex_;
  std::uint64_t given_ = 0;
  std::unordered_map<std::string, Token> tokens_;
  std::deque<TimestampMicros> counted_;
};

}  // namespace lakeflow
