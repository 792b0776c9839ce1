#include "simulator/recording/secret_removal.h"

#include <algorithm>
#include <array>

#include <nlohmann/json.hpp>

#include "simulator/http/request_target.h"

namespace lakeflow {
namespace {

using Json = nlohmann::ordered_json;

std::string folded(std::string_view name) {
  std::string out;
  for (const char c : name) {
    if (c >= 'A' && c <= 'Z') {
      out += static_cast<char>(c - 'A' + 'a');
    } else if (c != '-' && c != '_' && c != '.') {
      out += c;
    }
  }
  return out;
}

// Names that let in where they stand in a query, and may be anything in a record.
bool bears_a_key(std::string_view parameter) {
  static constexpr std::array<std::string_view, 7> kKeys = {"accesskey", "appid", "appkey", "clientkey", "licensekey", "subscriptionkey", "userkey"};
  return std::ranges::find(kKeys, folded(parameter)) != kKeys.end();
}

// Every part of the query, each as `part` writes it.
template <typename Part>
std::string by_part(std::string_view query, const Part& part) {
  std::string out;
  while (!query.empty()) {
    const std::size_t end = std::min(query.find('&'), query.size());
    out += part(query.substr(0, end));
    if (end < query.size()) {
      out += '&';
    }
    query.remove_prefix(std::min(end + 1, query.size()));
  }
  return out;
}

bool removes_from_lines(std::string_view body, std::string& out) {
  while (!body.empty()) {
    const std::size_t end = std::min(body.find('\n'), body.size());
    const std::string_view line = body.substr(0, end);
    if (line.find_first_not_of(" \t\r") != std::string_view::npos) {
      Json document = Json::parse(line, nullptr, false);
      if (document.is_discarded()) {
        return false;
      }
      const Json before = document;
      remove_secrets(document);
      // Bytes stay as they came where there was nothing to remove.
      out += document == before ? std::string(line) : document.dump();
    }
    if (end < body.size()) {
      out += '\n';
    }
    body.remove_prefix(std::min(end + 1, body.size()));
  }
  return true;
}

}  // namespace

bool bears_a_secret(std::string_view name) {
  static constexpr std::array<std::string_view, 16> kParts = {"authorization",   "password", "passwd",    "secret",     "apikey",    "accesstoken",
                                                              "refreshtoken",    "idtoken",  "authtoken", "credential", "signature", "privatekey",
                                                              "clientassertion", "cookie",   "sessionid", "csrftoken"};
  static constexpr std::array<std::string_view, 9> kWhole = {"token", "key", "sig", "auth", "bearer", "jwt", "session", "xauthkey", "assertion"};
  const std::string plain = folded(name);
  return std::ranges::any_of(kParts, [&](std::string_view part) { return plain.contains(part); }) || std::ranges::find(kWhole, plain) != kWhole.end();
}

void remove_secrets(std::vector<HttpHeader>& headers) {
  for (HttpHeader& header : headers) {
    const bool is_token = folded(header.name).ends_with("token");
    if (bears_a_secret(header.name) || is_token) {
      header.value = kRemoved;
    } else if (header.value.contains("://")) {
      header.value = remove_secrets_of_url(header.value);
    }
  }
}

void remove_secrets(Json& document) {
  for (auto& [name, value] : document.items()) {
    // A key of a record is no secret, and an object of this name may hold anything.
    const bool is_scalar = !value.is_structured();
    if (document.is_object() && is_scalar && name != "key" && bears_a_secret(name)) {
      value = std::string(kRemoved);
    } else if (value.is_structured()) {
      remove_secrets(value);
    } else if (value.is_string() && value.get_ref<const std::string&>().contains('?')) {
      value = remove_secrets_of_url(value.get_ref<const std::string&>());
    }
  }
}

std::string remove_secrets_of_form(std::string_view form) {
  return by_part(form, [](std::string_view part) {
    const auto equals = part.find('=');
    const std::string name = percent_decode(part.substr(0, equals));
    if (equals == std::string_view::npos || !(bears_a_secret(name) || bears_a_key(name))) {
      return std::string(part);
    }
    // What follows a URL in a text: "<https://…?token=x>; rel=next".
    const std::size_t end = std::min(part.find_first_of("<>\"' #", equals), part.size());
    return std::string(part.substr(0, equals + 1)) + std::string(kRemoved) + std::string(part.substr(end));
  });
}

std::string remove_secrets_of_url(std::string_view url) {
  std::string out;
  const auto scheme = url.find("://");
  const auto path = scheme == std::string_view::npos ? scheme : url.find('/', scheme + 3);
  const auto user = scheme == std::string_view::npos ? scheme : url.substr(0, path).find('@', scheme + 3);
  if (user != std::string_view::npos) {
    out += std::string(url.substr(0, scheme + 3));
    url.remove_prefix(user + 1);
  }
  const auto query = url.find('?');
  if (query == std::string_view::npos) {
    return out + std::string(url);
  }
  return out + std::string(url.substr(0, query + 1)) + remove_secrets_of_form(url.substr(query + 1));
}

std::string remove_secrets_of_body(std::string_view content_type, std::string_view body) {
  if (content_type.contains("urlencoded")) {
    return remove_secrets_of_form(body);
  }
  Json document = Json::parse(body, nullptr, false);
  if (!document.is_discarded()) {
    const Json before = document;
    remove_secrets(document);
    return document == before ? std::string(body) : document.dump();
  }
  std::string lines;
  return content_type.contains("json") && removes_from_lines(body, lines) ? lines : std::string(body);
}

}  // namespace lakeflow
