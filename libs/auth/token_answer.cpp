#include "libs/auth/token_answer.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/clock.h"
#include "base/redaction.h"

namespace lakeflow {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kLongestToken = 64 * 1024;
constexpr TimestampMicros kSecond = 1'000'000;
constexpr TimestampMicros kClocksMayDiffer = 60 * kSecond;

std::optional<std::string> text_of(const Json& document, const char* name) {
  return document.is_object() && document.contains(name) && document.at(name).is_string() ? std::optional(document.at(name).get<std::string>())
                                                                                          : std::nullopt;
}

// A code of a fixed vocabulary may be repeated; any other text of the server's may not.
std::string code_of(const Json& document) {
  const std::string code = text_of(document, "error").value_or("");
  const bool is_code = code.size() <= 40 && std::ranges::all_of(code, [](char c) { return (c >= 'a' && c <= 'z') || c == '_'; });
  return is_code ? code : std::string();
}

std::optional<double> seconds_of(const Json& document) {
  if (!document.contains("expires_in")) {
    return std::nullopt;
  }
  const Json& value = document.at("expires_in");
  double seconds = std::nan("");
  if (value.is_number()) {
    seconds = value.get<double>();
  } else if (value.is_string()) {  // some servers quote it
    const std::string text = value.get<std::string>();
    char* end = nullptr;
    seconds = std::strtod(text.c_str(), &end);
    if (text.empty() || *end != '\0') {
      return std::nullopt;
    }
  }
  return std::isfinite(seconds) ? std::optional(std::clamp(seconds, 0.0, 1e9)) : std::nullopt;
}

bool may_stand_in_a_header(std::string_view token) {
  return !token.empty() && token.size() <= kLongestToken && std::ranges::all_of(token, [](char c) { return c > 0x20 && c < 0x7F; });
}

// What a refused assertion's reader can do; the clocks first, as nobody thinks of them.
std::string advice_on_client(ClientProof proof, const HttpResponse& answer, TimestampMicros now) {
  if (proof == ClientProof::kSecret) {
    return "check client_id and client_secret, and client_auth_method: the server may want the secret the other way (basic, body)";
  }
  std::string clocks;
  if (const std::optional<TimestampMicros> theirs = parse_http_date(answer.header("date")); theirs && std::abs(now - *theirs) > kClocksMayDiffer) {
    clocks = fmt::format("this machine's clock is {} s {} the server's: set it right, as an assertion holds for four minutes. Else ",
                         std::abs(now - *theirs) / kSecond, now > *theirs ? "ahead of" : "behind");
  }
  return clocks +
         "check that the public half of private_key is registered for client_id under key_id, and that the server knows itself by token_url (the "
         "assertion's aud)";
}

Error refusal(const HttpResponse& answer, const std::string& code, ClientProof proof, TimestampMicros now) {
  const std::string what = fmt::format("the authorization server gives no token: {} answered {}{}", redact_url(answer.url), answer.status,
                                       code.empty() ? "" : fmt::format(" ({})", code));
  if (code == "invalid_client" || (code.empty() && answer.status == 401)) {
    return Error::source(what, advice_on_client(proof, answer, now));
  }
  if (code == "invalid_scope") {
    return Error::source(what, "set scope to what is registered for the client there");
  }
  if (code == "unauthorized_client" || code == "unsupported_grant_type") {
    return Error::source(what, "let the client use the grant client_credentials there, and set auth_type to the way that it is registered for");
  }
  if (code == "invalid_target" || code == "invalid_grant" || code == "access_denied") {
    return Error::source(what, "the log of the authorization server says why");
  }
  if (answer.status >= 300 && answer.status < 400) {
    return Error::source(what + ", a redirect, which secrets do not follow", "set token_url to where it leads");
  }
  if (answer.status == 404 || answer.status == 405) {
    return Error::source(what, "check token_url: it is no token endpoint");
  }
  return Error::source(what, "the log of the authorization server says why");
}

}  // namespace

Result<AccessToken> parse_token_answer(const HttpResponse& answer, ClientProof proof, TimestampMicros now) {
  const Json document = Json::parse(answer.body, nullptr, false);
  if (answer.status != 200) {
    return std::unexpected(refusal(answer, code_of(document), proof, now));
  }
  const std::string place = redact_url(answer.url);
  AccessToken token{.value = text_of(document, "access_token").value_or(""), .expires_in = {}, .scope = text_of(document, "scope")};
  if (token.value.empty()) {
    return std::unexpected(Error::source(fmt::format("{} answered 200 without an access_token", place), "is token_url the token endpoint?"));
  }
  if (!may_stand_in_a_header(token.value)) {
    return std::unexpected(Error::source(fmt::format("{} gave a token that can't stand in a header", place)));
  }
  std::string type = text_of(document, "token_type").value_or("bearer");
  std::ranges::transform(type, type.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  if (type != "bearer") {
    return std::unexpected(
        Error::source(fmt::format("{} gave a token of another type than Bearer", place), "let the client be given bearer tokens there"));
  }
  token.expires_in = seconds_of(document);
  return token;
}

}  // namespace lakeflow
