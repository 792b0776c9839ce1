#include "simulator/api/api_access.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "libs/auth/base64.h"
#include "simulator/faults/seeded_number.h"

namespace lakeflow {
namespace {

constexpr double kMicros = 1e6;

std::unexpected<ApiRefusal> not_let_in(std::string_view scheme, std::string message) {
  ApiRefusal refusal{.status = 401, .message = std::move(message)};
  if (!scheme.empty()) {
    refusal.headers.push_back({.name = "WWW-Authenticate", .value = std::string(scheme)});
  }
  return std::unexpected(std::move(refusal));
}

HttpAnswer answer_json(int status, const nlohmann::ordered_json& body) {
  return {.status = status,
          .content_type = "application/json",
          .headers = {{.name = "Cache-Control", .value = "no-store"}},
          .body = body.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace)};
}

std::string_view value_of(const QueryParameters& parameters, std::string_view name) {
  const auto found = std::ranges::find(parameters, name, &std::pair<std::string, std::string>::first);
  return found == parameters.end() ? std::string_view() : std::string_view(found->second);
}

}  // namespace

Allowed<void> ApiDoor::let_in(const ReceivedRequest& request, QueryParameters& parameters, TimestampMicros now) {
  const std::string_view authorization = request.header("Authorization");
  switch (access_.by) {
    case ApiAccess::By::kNobodyIsAsked: return {};
    case ApiAccess::By::kBearer:
      return authorization == "Bearer " + access_.secret ? Allowed<void>() : not_let_in("Bearer", "the bearer token is missing or wrong");
    case ApiAccess::By::kBasic:
      return authorization == "Basic " + base64(access_.name + ":" + access_.secret)
                 ? Allowed<void>()
                 : not_let_in("Basic", "the user or the password is missing or wrong");
    case ApiAccess::By::kKeyHeader:
      return request.header(access_.name) == access_.secret ? Allowed<void>()
                                                            : not_let_in("", fmt::format("the header {} is missing or wrong", access_.name));
    case ApiAccess::By::kKeyParameter: {
      const bool known = value_of(parameters, access_.name) == access_.secret;
      std::erase_if(parameters, [&](const auto& parameter) { return parameter.first == access_.name; });
      return known ? Allowed<void>() : not_let_in("", fmt::format("the parameter {} is missing or wrong", access_.name));
    }
    case ApiAccess::By::kOauth2: {
      constexpr std::string_view kBearer = "Bearer ";
      const bool known = authorization.starts_with(kBearer) && token_holds(authorization.substr(kBearer.size()), now);
      return known ? Allowed<void>() : not_let_in("Bearer error=\"invalid_token\"", "the access token is missing, wrong or has ended");
    }
  }
  return {};
}

bool ApiDoor::token_holds(std::string_view token, TimestampMicros now) {
  const std::scoped_lock lock(mutex_);
  const auto found = tokens_.find(std::string(token));
  if (found == tokens_.end() || now >= found->second.until) {
    return false;
  }
  return access_.expires_after_requests == 0 || ++found->second.uses <= access_.expires_after_requests;
}

HttpAnswer ApiDoor::give_token(const ReceivedRequest& request, TimestampMicros now) {
  if (request.method != "POST") {
    return answer_json(405, {{"error", "invalid_request"}});
  }
  QueryParameters form;
  std::vector<std::string> none;
  split_url("?" + request.body, none, form);
  if (value_of(form, "grant_type") != "client_credentials") {
    return answer_json(400, {{"error", "unsupported_grant_type"}});
  }
  const bool in_header = request.header("Authorization") == "Basic " + base64(access_.name + ":" + access_.secret);
  const bool in_body = value_of(form, "client_id") == access_.name && value_of(form, "client_secret") == access_.secret;
  if (!in_header && !in_body) {
    return answer_json(401, {{"error", "invalid_client"}});
  }
  const std::scoped_lock lock(mutex_);
  const std::string token = fmt::format("made-up-{:016x}", seeded_bits(seed_, 1, given_++));
  tokens_[token] = {.until = now + static_cast<TimestampMicros>(access_.expires_after_seconds * kMicros)};
  return answer_json(
      200, {{"access_token", token}, {"token_type", "Bearer"}, {"expires_in", static_cast<std::int64_t>(std::floor(access_.expires_after_seconds))}});
}

Allowed<void> ApiDoor::count(TimestampMicros now) {
  if (limit_.requests == 0) {
    return {};
  }
  const std::scoped_lock lock(mutex_);
  const auto window = static_cast<TimestampMicros>(limit_.seconds * kMicros);
  while (!counted_.empty() && counted_.front() <= now - window) {
    counted_.pop_front();
  }
  if (counted_.size() < limit_.requests) {
    counted_.push_back(now);
    return {};
  }
  const TimestampMicros free_at = counted_.front() + window;
  const double wait = std::ceil(static_cast<double>(free_at - now) / kMicros);
  // A date has whole seconds: rounded up.
  const std::string retry_after =
      limit_.retry_after_date ? format_http_date(free_at + static_cast<TimestampMicros>(kMicros) - 1) : fmt::format("{:.0f}", wait);
  return std::unexpected(ApiRefusal{.status = 429,
                                    .message = fmt::format("more than {} requests in {} s", limit_.requests, limit_.seconds),
                                    .headers = {{.name = "Retry-After", .value = retry_after}}});
}

}  // namespace lakeflow
