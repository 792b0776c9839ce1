#include "simulator/recording/recorded_exchange.h"

#include <algorithm>
#include <fstream>
#include <sstream>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "libs/auth/base64.h"
#include "libs/http/url.h"
#include "simulator/http/request_target.h"
#include "simulator/recording/secret_removal.h"
#include "simulator/relay/link_rewriting.h"

namespace lakeflow {
namespace {

using Json = nlohmann::ordered_json;

// Without the white space between its tokens.
std::string compact(std::string_view json) {
  std::string out;
  bool in_text = false;
  for (std::size_t i = 0; i < json.size(); ++i) {
    const char c = json[i];
    if (in_text && c == '\\') {
      out += json.substr(i++, 2);
      continue;
    }
    in_text = in_text != (c == '"');
    if (in_text || !std::string_view(" \t\r\n").contains(c)) {
      out += c;
    }
  }
  return out;
}

Json body_as_json(const std::string& body) {
  Json document = Json::parse(body, nullptr, false);
  if (!document.is_discarded() && document.is_structured() && document.dump() == compact(body)) {
    return {{"json", std::move(document)}};
  }
  const bool is_utf8 = Json::accept(Json(body).dump(-1, ' ', false, Json::error_handler_t::ignore)) &&
                       Json::parse(Json(body).dump(-1, ' ', false, Json::error_handler_t::ignore)).get<std::string>() == body;
  return is_utf8 ? Json{{"text", body}} : Json{{"base64url", base64url(body)}};
}

std::optional<std::string> body_of(const Json& body) {
  if (body.contains("json")) {
    return body["json"].dump();
  }
  if (body.contains("text") && body["text"].is_string()) {
    return body["text"].get<std::string>();
  }
  if (body.contains("base64url") && body["base64url"].is_string()) {
    return parse_base64url(body["base64url"].get<std::string>());
  }
  return std::nullopt;
}

// A name with its value; or with a list of them, in order, where there are several headers of that name.
Json headers_as_json(const std::vector<HttpHeader>& headers) {
  Json document = Json::object();
  for (const auto& [name, value] : headers) {
    if (!document.contains(name)) {
      document[name] = value;
    } else if (document[name].is_array()) {
      document[name].push_back(value);
    } else {
      document[name] = Json::array({document[name], value});
    }
  }
  return document;
}

std::vector<HttpHeader> headers_of(const Json& document) {
  std::vector<HttpHeader> headers;
  for (const auto& [name, given] : document.items()) {
    for (const Json& value : given.is_array() ? given : Json::array({given})) {
      headers.push_back({.name = name, .value = value.is_string() ? value.get<std::string>() : value.dump()});
    }
  }
  return headers;
}

}  // namespace

RecordedExchange without_secrets(const RelayedExchange& exchange, SecretValues& secrets) {
  see_secrets(exchange.request.headers, secrets);
  RecordedExchange made{.method = exchange.request.method,
                        .target = remove_secrets_of_url(exchange.request.target, secrets),
                        .request_body = {},
                        .request_type = std::string(exchange.request.header("Content-Type")),
                        .answer = exchange.answer};
  made.request_body = remove_secrets_of_body(made.request_type, exchange.request.body, secrets);
  remove_secrets(made.answer.headers, secrets);
  made.answer.body = remove_secrets_of_body(made.answer.content_type, made.answer.body, secrets);
  remove_values(made, secrets);
  if (const auto origin = origin_of(exchange.base_url)) {
    made.answer.body = with_other_base(made.answer.body, origin->text(), kRecordedOrigin);
    for (HttpHeader& header : made.answer.headers) {
      header.value = with_other_base(header.value, origin->text(), kRecordedOrigin);
    }
  }
  return made;
}

void remove_values(RecordedExchange& exchange, SecretValues& secrets) {
  const bool is_form = exchange.request_type.contains("urlencoded");
  exchange.target = secrets.without_in_url(exchange.target);
  exchange.request_body = is_form ? secrets.without_in_url(exchange.request_body) : secrets.without_in_body(exchange.request_body);
  for (HttpHeader& header : exchange.answer.headers) {
    header.value = header.value.contains("://") ? secrets.without_in_url(header.value) : secrets.without(header.value);
  }
  exchange.answer.body = secrets.without_in_body(exchange.answer.body);
}

std::string request_identity(const RecordedExchange& exchange) {
  std::vector<std::string> segments;
  QueryParameters parameters;
  split_url(exchange.target, segments, parameters);
  std::ranges::sort(parameters);
  return fmt::format("{} {}?{}\n{}", exchange.method, percent_decode(std::string_view(exchange.target).substr(0, exchange.target.find('?'))),
                     shown_query(parameters), exchange.request_body);
}

std::string write_exchange(const RecordedExchange& exchange) {
  Json document = {{"request", {{"method", exchange.method}, {"target", exchange.target}}},
                   {"answer",
                    {{"status", exchange.answer.status},
                     {"content_type", exchange.answer.content_type},
                     {"headers", headers_as_json(exchange.answer.headers)},
                     {"body", body_as_json(exchange.answer.body)}}}};
  if (!exchange.request_body.empty()) {
    document["request"]["content_type"] = exchange.request_type;
    document["request"]["body"] = body_as_json(exchange.request_body);
  }
  return document.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

Result<RecordedExchange> read_exchange(const std::filesystem::path& file) {
  const auto wrong = [&](std::string_view what) { return std::unexpected(Error::user(fmt::format("{}: {}", file.string(), what))); };
  std::ifstream stream(file, std::ios::binary);
  std::ostringstream text;
  text << stream.rdbuf();
  const Json document = Json::parse(text.str(), nullptr, false);
  const auto member = [&](const char* part, const char* name) -> const Json* {
    const bool there = document.is_object() && document.contains(part) && document[part].is_object() && document[part].contains(name);
    return there ? &document[part][name] : nullptr;
  };
  const Json* const method = member("request", "method");
  const Json* const target = member("request", "target");
  const Json* const status = member("answer", "status");
  if (method == nullptr || !method->is_string() || target == nullptr || !target->is_string() || status == nullptr || !status->is_number_integer()) {
    return wrong("this is no recorded exchange: request.method, request.target or answer.status is missing");
  }
  RecordedExchange made{.method = *method, .target = *target, .request_body = {}, .request_type = {}, .answer = {.status = *status}};
  if (const Json* type = member("answer", "content_type"); type != nullptr && type->is_string()) {
    made.answer.content_type = *type;
  }
  if (const Json* headers = member("answer", "headers"); headers != nullptr && headers->is_object()) {
    made.answer.headers = headers_of(*headers);
  }
  const std::pair<const Json*, std::string*> bodies[] = {{member("request", "body"), &made.request_body},
                                                         {member("answer", "body"), &made.answer.body}};
  for (const auto& [body, place] : bodies) {
    if (body != nullptr) {
      auto read = body_of(*body);
      if (!read) {
        return wrong("a body is none of json, text and base64url");
      }
      *place = *std::move(read);
    }
  }
  return made;
}

}  // namespace lakeflow
