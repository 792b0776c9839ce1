#include "libs/auth/granted_scope.h"

#include <algorithm>

namespace lakeflow {
namespace {

std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> words;
  while (!text.empty()) {
    const std::size_t begin = std::min(text.find_first_not_of(' '), text.size());
    const std::size_t end = std::min(text.find(' ', begin), text.size());
    if (begin < end) {
      words.emplace_back(text.substr(begin, end - begin));
    }
    text.remove_prefix(end);
  }
  return words;
}

}  // namespace

std::vector<std::string> scopes_missing(std::string_view asked, std::string_view granted) {
  std::vector<std::string> missing = words_of(asked);
  const std::vector<std::string> given = words_of(granted);
  std::erase_if(missing, [&](const std::string& scope) { return std::ranges::find(given, scope) != given.end(); });
  return missing;
}

}  // namespace lakeflow
