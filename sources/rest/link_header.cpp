#include "sources/rest/link_header.h"

#include <algorithm>
#include <cctype>

namespace lakeflow {
namespace {

// The place of the first such letter outside of quotes; the text's end where there is none.
std::size_t find_unquoted(std::string_view text, char letter) {
  bool quoted = false;
  const auto found = std::ranges::find_if(text, [&](char c) {
    quoted ^= c == '"';
    return c == letter && !quoted;
  });
  return static_cast<std::size_t>(found - text.begin());
}

// Whether among "; title=\"…\"; rel=\"prev next\"" is this relation.
bool has_relation(std::string_view parameters, std::string_view relation) {
  while (!parameters.empty()) {
    const std::size_t end = find_unquoted(parameters, ';');
    std::string parameter(parameters.substr(0, end));
    parameters.remove_prefix(std::min(end + 1, parameters.size()));
    std::erase(parameter, '"');
    std::ranges::transform(parameter, parameter.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    parameter.erase(0, parameter.find_first_not_of(' '));
    if (parameter.starts_with("rel=") && (" " + parameter.substr(4) + " ").find(" " + std::string(relation) + " ") != std::string::npos) {
      return true;
    }
  }
  return false;
}

}  // namespace

std::optional<std::string> next_link(std::string_view header) {
  while (true) {  // ends where no further "<" is
    const std::size_t open = header.find('<');
    const std::size_t close = header.find('>', open == std::string_view::npos ? 0 : open);
    if (open == std::string_view::npos || close == std::string_view::npos) {
      return std::nullopt;
    }
    const std::string_view target = header.substr(open + 1, close - open - 1);
    header.remove_prefix(close + 1);
    if (has_relation(header.substr(0, find_unquoted(header, ',')), "next")) {
      return std::string(target);
    }
  }
}

}  // namespace lakeflow
