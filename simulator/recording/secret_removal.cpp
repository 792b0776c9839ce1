#include "simulator/recording/secret_removal.h"

#include <algorithm>
#include <array>

#include <nlohmann/json.hpp>

#include "libs/auth/base64.h"
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

bool removes_from_lines(std::string_view body, std::string& out, SecretValues& seen) {
  while (!body.empty()) {
    const std::size_t end = std::min(body.find('\n'), body.size());
    const std::string_view line = body.substr(0, end);
    if (line.find_first_not_of(" \t\r") != std::string_view::npos) {
      Json document = Json::parse(line, nullptr, false);
      if (document.is_discarded()) {
        return false;
      }
      const Json before = document;
      remove_secrets(document, seen);
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

bool is_secret_header(std::string_view name) { return bears_a_secret(name) || folded(name).ends_with("token"); }

// "user:password", as HTTP Basic has it in base64 (RFC 7617); OAuth 2 encodes both as in a form before (RFC 6749 §2.3.1).
void see_basic(std::string base64, SecretValues& seen) {
  std::ranges::replace(base64, '+', '-');
  std::ranges::replace(base64, '/', '_');
  base64.erase(std::min(base64.find('='), base64.size()));
  const std::string pair = parse_base64url(base64).value_or("");
  if (const std::size_t colon = pair.find(':'); colon != std::string::npos) {
    seen.add(pair.substr(colon + 1));
    seen.add(percent_decode(pair.substr(colon + 1)));
  }
}

// "a=1; b=2".
void see_cookies(std::string_view cookies, SecretValues& seen) {
  while (!cookies.empty()) {
    const std::size_t end = std::min(cookies.find(';'), cookies.size());
    const std::string_view cookie = cookies.substr(0, end);
    seen.add(cookie.substr(std::min(cookie.find('='), cookie.size() - 1) + 1));
    cookies.remove_prefix(std::min(end + 1, cookies.size()));
  }
}

void see_header(const HttpHeader& header, SecretValues& seen) {
  const std::string name = folded(header.name);
  const std::string_view value = header.value;
  if (name.ends_with("cookie")) {
    see_cookies(name == "setcookie" ? value.substr(0, value.find(';')) : value, seen);
  } else if (name.ends_with("authorization") && value.contains(' ')) {
    const std::string_view scheme = value.substr(0, value.find(' '));
    const std::string_view given = value.substr(std::min(value.find_first_not_of(' ', scheme.size()), value.size()));
    seen.add(given);
    if (folded(scheme) == "basic") {
      see_basic(std::string(given), seen);
    }
  } else {
    seen.add(value);
  }
}

// A value under a name that bears a secret; of a list each of its texts.
void take_secret(Json& value, SecretValues& seen) {
  if (value.is_array()) {
    for (Json& each : value) {
      take_secret(each, seen);
    }
  } else if (!value.is_object()) {
    seen.take(value.is_string() ? value.get_ref<const std::string&>() : "");
    value = std::string(kRemoved);
  }
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

void see_secrets(const std::vector<HttpHeader>& headers, SecretValues& seen) {
  for (const HttpHeader& header : headers) {
    if (is_secret_header(header.name)) {
      see_header(header, seen);
    }
  }
}

void remove_secrets(std::vector<HttpHeader>& headers, SecretValues& seen) {
  see_secrets(headers, seen);
  for (HttpHeader& header : headers) {
    if (is_secret_header(header.name)) {
      seen.take("");
      header.value = kRemoved;
    } else if (header.value.contains("://")) {
      header.value = remove_secrets_of_url(header.value, seen);
    }
  }
}

void remove_secrets(Json& document, SecretValues& seen) {
  for (auto& [name, value] : document.items()) {
    // A key of a record is no secret, and an object of this name may hold anything.
    const bool is_none = value.is_null() || value.is_boolean() || value == "";
    const bool bears_one = document.is_object() && name != "key" && bears_a_secret(name) && !is_none;
    const bool is_list_of_objects = value.is_array() && std::ranges::any_of(value, [](const Json& each) { return each.is_structured(); });
    if (bears_one && !value.is_object() && !is_list_of_objects) {
      take_secret(value, seen);
    } else if (value.is_structured()) {
      remove_secrets(value, seen);
    } else if (value.is_string() && value.get_ref<const std::string&>().contains('?')) {
      value = remove_secrets_of_url(value.get_ref<const std::string&>(), seen);
    }
  }
}

std::string remove_secrets_of_form(std::string_view form, SecretValues& seen) {
  return by_part(form, [&](std::string_view part) {
    const auto equals = part.find('=');
    const std::string name = percent_decode(part.substr(0, equals));
    if (equals == std::string_view::npos || !(bears_a_secret(name) || bears_a_key(name))) {
      return std::string(part);
    }
    // What follows a URL in a text: "<https://…?token=x>; rel=next".
    const std::size_t end = std::min(part.find_first_of("<>\"' #", equals), part.size());
    seen.take(percent_decode(part.substr(equals + 1, end - equals - 1)));
    return std::string(part.substr(0, equals + 1)) + std::string(kRemoved) + std::string(part.substr(end));
  });
}

std::string remove_secrets_of_url(std::string_view url, SecretValues& seen) {
  std::string out;
  const auto scheme = url.find("://");
  const auto path = scheme == std::string_view::npos ? scheme : url.find('/', scheme + 3);
  const auto user = scheme == std::string_view::npos ? scheme : url.substr(0, path).find('@', scheme + 3);
  if (user != std::string_view::npos) {
    const std::string_view pair = url.substr(scheme + 3, user - scheme - 3);
    seen.take(percent_decode(pair.substr(pair.find(':') == std::string_view::npos ? 0 : pair.find(':') + 1)));
    out += std::string(url.substr(0, scheme + 3));
    url.remove_prefix(user + 1);
  }
  const auto query = url.find('?');
  if (query == std::string_view::npos) {
    return out + std::string(url);
  }
  return out + std::string(url.substr(0, query + 1)) + remove_secrets_of_form(url.substr(query + 1), seen);
}

std::string remove_secrets_of_body(std::string_view content_type, std::string_view body, SecretValues& seen) {
  if (content_type.contains("urlencoded")) {
    return remove_secrets_of_form(body, seen);
  }
  Json document = Json::parse(body, nullptr, false);
  if (!document.is_discarded()) {
    const Json before = document;
    remove_secrets(document, seen);
    return document == before ? std::string(body) : document.dump();
  }
  std::string lines;
  return content_type.contains("json") && removes_from_lines(body, lines, seen) ? lines : std::string(body);
}

}  // namespace lakeflow
