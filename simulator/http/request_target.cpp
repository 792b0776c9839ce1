#include "simulator/http/request_target.h"

#include <charconv>

namespace lakeflow {
namespace {

// The text before the separator, which is taken off `rest` with it.
std::string_view take_before(std::string_view& rest, char separator) {
  const auto end = rest.find(separator);
  const std::string_view part = rest.substr(0, end);
  rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  return part;
}

}  // namespace

std::string percent_decode(std::string_view text) {
  std::string decoded;
  for (std::size_t i = 0; i < text.size(); ++i) {
    unsigned byte = 0;
    const char* digits = text.data() + i + 1;
    if (text[i] == '%' && i + 2 < text.size() && std::from_chars(digits, digits + 2, byte, 16).ptr == digits + 2) {
      decoded += static_cast<char>(byte);
      i += 2;
    } else {
      decoded += text[i] == '+' ? ' ' : text[i];
    }
  }
  return decoded;
}

void split_url(std::string_view url, std::vector<std::string>& segments, QueryParameters& parameters) {
  std::string_view path = take_before(url, '?');
  while (!path.empty()) {
    if (const std::string_view part = take_before(path, '/'); !part.empty()) {
      segments.push_back(percent_decode(part));
    }
  }
  while (!url.empty()) {
    std::string_view value = take_before(url, '&');
    if (std::string name = percent_decode(take_before(value, '=')); !name.empty()) {
      parameters.emplace_back(std::move(name), percent_decode(value));
    }
  }
}

std::string shown_query(const QueryParameters& parameters) {
  std::string text;
  for (const auto& [name, value] : parameters) {
    text += (text.empty() ? "" : "&") + name + "=" + value;
  }
  return text;
}

}  // namespace lakeflow
