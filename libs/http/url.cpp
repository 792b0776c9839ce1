#include "libs/http/url.h"

#include <arpa/inet.h>

#include <algorithm>
#include <memory>

#include <curl/curl.h>
#include <fmt/format.h>

#include "base/redaction.h"

namespace lakeflow {
namespace {

using UrlHandle = std::unique_ptr<CURLU, decltype(&curl_url_cleanup)>;

std::string part_of(CURLU* url, CURLUPart part, unsigned flags = 0) {
  char* text = nullptr;
  if (curl_url_get(url, part, &text, flags) != CURLUE_OK) {
    return {};
  }
  const std::unique_ptr<char, decltype(&curl_free)> owner(text, &curl_free);
  return text;
}

std::string percent_decode(std::string_view text) {
  int size = 0;
  const std::unique_ptr<char, decltype(&curl_free)> decoded(curl_easy_unescape(nullptr, text.data(), static_cast<int>(text.size()), &size),
                                                            &curl_free);
  return decoded ? std::string(decoded.get(), static_cast<std::size_t>(size)) : std::string(text);
}

bool is_http(CURLU* url) {
  const std::string scheme = part_of(url, CURLUPART_SCHEME);
  return scheme == "http" || scheme == "https";
}

}  // namespace

Result<Origin> origin_of(std::string_view url) {
  const UrlHandle handle(curl_url(), &curl_url_cleanup);
  if (curl_url_set(handle.get(), CURLUPART_URL, std::string(url).c_str(), 0) != CURLUE_OK || !is_http(handle.get())) {
    return std::unexpected(Error::user(fmt::format("{} is no http:// or https:// URL", redact_url(url))));
  }
  Origin origin{part_of(handle.get(), CURLUPART_SCHEME), part_of(handle.get(), CURLUPART_HOST),
                part_of(handle.get(), CURLUPART_PORT, CURLU_DEFAULT_PORT)};
  std::ranges::transform(origin.host, origin.host.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return origin;
}

Result<std::string> resolve_url(std::string_view base, std::string_view reference) {
  const UrlHandle handle(curl_url(), &curl_url_cleanup);
  if (curl_url_set(handle.get(), CURLUPART_URL, std::string(base).c_str(), 0) != CURLUE_OK ||
      curl_url_set(handle.get(), CURLUPART_URL, std::string(reference).c_str(), 0) != CURLUE_OK || !is_http(handle.get())) {
    return std::unexpected(Error::source(fmt::format("{} gave a link that is no http or https URL", redact_url(base))));
  }
  return part_of(handle.get(), CURLUPART_URL);
}

std::string percent_encode(std::string_view text) {
  std::string encoded;
  for (const char c : text) {
    const bool unreserved =
        (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' || c == '~';
    if (unreserved) {
      encoded.push_back(c);
    } else {
      encoded += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return encoded;
}

std::string with_parameter(std::string_view url, std::string_view name, std::string_view value) {
  const std::size_t fragment = std::min(url.find('#'), url.size());
  const std::string_view place = url.substr(0, fragment);
  const bool is_open = place.ends_with('?') || place.ends_with('&');
  const char* const separator = is_open ? "" : place.contains('?') ? "&" : "?";
  return fmt::format("{}{}{}={}{}", place, separator, percent_encode(name), percent_encode(value), url.substr(fragment));
}

std::string without_parameter(std::string_view url, std::string_view name) {
  const std::size_t fragment = std::min(url.find('#'), url.size());
  const std::size_t query = std::min(url.find('?'), fragment);
  std::string kept;
  bool is_there = false;
  for (std::size_t at = query + 1; at < fragment;) {
    const std::size_t end = std::min(url.find('&', at), fragment);
    const std::string_view parameter = url.substr(at, end - at);
    if (percent_decode(parameter.substr(0, parameter.find('='))) == name) {
      is_there = true;
    } else {
      kept += kept.empty() ? '?' : '&';
      kept += parameter;
    }
    at = end + 1;
  }
  return is_there ? fmt::format("{}{}{}", url.substr(0, query), kept, url.substr(fragment)) : std::string(url);
}

bool is_loopback_host(std::string_view host) {
  in_addr address{};
  if (inet_pton(AF_INET, std::string(host).c_str(), &address) == 1) {
    return (ntohl(address.s_addr) >> 24U) == 127;
  }
  return host == "localhost" || host == "[::1]";
}

bool is_literal_address(std::string_view host) {
  in_addr address{};
  return host.starts_with('[') || inet_pton(AF_INET, std::string(host).c_str(), &address) == 1;
}

}  // namespace lakeflow
