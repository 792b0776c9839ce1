#include "simulator/relay/link_rewriting.h"

namespace lakeflow {
namespace {

// Whether a URL may end before this, or go on into a path, query or fragment: else it is another host or path that only begins alike.
bool ends_base(std::string_view rest) { return rest.empty() || std::string_view("/?#\\\"'<> \t\r\n,;)]}&").contains(rest.front()); }

std::string with_escaped_slashes(std::string_view url) {
  std::string escaped;
  for (const char c : url) {
    escaped += c == '/' ? "\\/" : std::string(1, c);
  }
  return escaped;
}

std::string replaced(std::string_view text, std::string_view from, std::string_view to) {
  std::string result;
  result.reserve(text.size());
  while (true) {
    const std::size_t found = text.find(from);
    if (found == std::string_view::npos) {
      return result.append(text);
    }
    const std::string_view rest = text.substr(found + from.size());
    result.append(text.substr(0, found)).append(ends_base(rest) ? to : from);
    text = rest;
  }
}

}  // namespace

std::string with_other_base(std::string_view text, std::string_view from, std::string_view to) {
  const std::string plain = replaced(text, from, to);
  return replaced(plain, with_escaped_slashes(from), with_escaped_slashes(to));
}

}  // namespace lakeflow
