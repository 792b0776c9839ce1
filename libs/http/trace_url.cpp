#include "libs/http/trace_url.h"

#include <algorithm>
#include <utility>

#include "base/redaction.h"

namespace lakeflow {
namespace {

constexpr std::size_t kLongestPlain = 6;
constexpr std::size_t kLongestWord = 40;

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

bool is_plain(std::string_view segment) {
  const auto digits = static_cast<std::size_t>(std::ranges::count_if(segment, is_digit));
  return segment.size() <= kLongestWord && (digits == 0 || (segment.size() <= kLongestPlain && digits < segment.size()));
}

// Behind which an id stands: "Observation".
bool names_a_type(std::string_view segment) {
  return !segment.empty() && segment.front() >= 'A' && segment.front() <= 'Z' && std::ranges::all_of(segment, is_letter);
}

// Names of parameters are ours or the server's: a word at most.
std::string_view shown_name(std::string_view name) {
  const bool is_word = !name.empty() && name.size() <= kLongestWord &&
                       std::ranges::all_of(name, [](char c) { return is_letter(c) || c == '_' || c == '-' || c == ':' || c == '.'; });
  return is_word ? name : "*";
}

}  // namespace

std::string trace_url(std::string_view url) {
  const std::string whole = redact_url(url);
  const std::size_t scheme = whole.find("://");
  std::size_t at = scheme == std::string::npos ? 0 : std::min(whole.find('/', scheme + 3), whole.size());
  std::string shown = whole.substr(0, at);
  bool follows_a_type = false;
  while (at < whole.size()) {
    const std::size_t end = std::min(whole.find('/', at + 1), whole.size());
    const std::string_view segment = std::string_view(whole).substr(at + 1, end - at - 1);
    shown += '/';
    shown += is_plain(segment) && !follows_a_type ? segment : "*";
    follows_a_type = names_a_type(segment) && end + 1 < whole.size() && whole[end + 1] != '_' && whole[end + 1] != '$';
    at = end;
  }
  char separator = '?';
  for (const std::string& name : parameter_names(url)) {
    shown += std::exchange(separator, '&');
    shown += name;
  }
  return shown;
}

std::vector<std::string> parameter_names(std::string_view url) {
  std::vector<std::string> names;
  const std::size_t query = url.find('?');
  std::string_view rest = query == std::string_view::npos ? std::string_view() : url.substr(query + 1);
  rest = rest.substr(0, rest.find('#'));
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find('&'), rest.size());
    const std::string_view parameter = rest.substr(0, end);
    names.emplace_back(shown_name(parameter.substr(0, parameter.find('='))));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return names;
}

}  // namespace lakeflow
