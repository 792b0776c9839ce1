#include "testing/review/credential.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>
#include <regex>
#include <vector>

namespace lakeflow {
namespace {

// Longer lines are data: tables of numbers, minified text. std::regex would take them letter by letter, and a level of the stack for each.
constexpr std::size_t kLongestLine = 2000;

std::string lower_case(std::string_view text) {
  std::string lower(text);
  std::ranges::transform(lower, lower.begin(), [](unsigned char letter) { return static_cast<char>(std::tolower(letter)); });
  return lower;
}

bool says_that_it_is_none(std::string_view value) {
  constexpr std::array<std::string_view, 11> kWords = {"canary", "example", "fixture",     "sample",   "dummy", "fake",
                                                       "test",   "{{",      "placeholder", "invented", "…"};
  const std::string lower = lower_case(value);
  return std::ranges::any_of(kWords, [&](std::string_view word) { return lower.contains(word); }) || value.starts_with('$') ||
         value.starts_with('<') || value.starts_with('%');
}

// In bits a letter: that of words is about 3, that of random text of 20 letters above 3.5.
double entropy(std::string_view value) {
  std::array<double, 256> counts{};
  for (const char letter : value) {
    counts[static_cast<unsigned char>(letter)] += 1;
  }
  double bits = 0;
  for (const double count : counts) {
    if (count > 0) {
      const double share = count / static_cast<double>(value.size());
      bits -= share * std::log2(share);
    }
  }
  return bits;
}

// A name or a path rather than a secret: "storage_access_key_id", "token_url", "a sentence of words".
bool is_of_words(std::string_view value) {
  return value.contains(' ') || value.contains('/') || std::ranges::none_of(value, [](unsigned char letter) { return std::isdigit(letter) != 0; });
}

struct Rule {
  std::string_view kind;
  std::string_view keyword;  // in lower case: a line without it needs no look by the expression
  std::regex pattern;        // its first group is the value
};

const std::vector<Rule>& rules() {
  static const std::vector<Rule> rules = [] {
    const auto regex = [](const char* text) { return std::regex(text, std::regex::ECMAScript | std::regex::optimize); };
    return std::vector<Rule>{
        {"a private key", "private key-----", regex("-----(BEGIN [A-Z ]*PRIVATE KEY)-----(\\\\n|\\s*$|[\"'])")},
        {"a bearer token", "bearer ", regex("[Bb]earer +([A-Za-z0-9._~+/=-]{20,})")},
        {"a JSON Web Token", "eyj", regex("(eyJ[A-Za-z0-9_-]{10,}\\.eyJ[A-Za-z0-9_-]{10,})")},
        {"an AWS access key", "ia", regex("\\b((AKIA|ASIA)[0-9A-Z]{16})\\b")},
        {"a GitHub token", "gh", regex("\\b(gh[pousr]_[A-Za-z0-9]{36})")},
        {"a Google API key", "aiza", regex("\\b(AIza[0-9A-Za-z_-]{35})")},
        {"a Slack token", "xox", regex("\\b(xox[baprs]-[0-9A-Za-z-]{10,})")},
    };
  }();
  return rules;
}

// `password = "…"`, `"token": "…"`, `{"api_key", "…"}`, and in YAML without quotes.
std::optional<FoundCredential> literal_beside_a_name(std::string_view line, const std::string& lower) {
  constexpr std::array<std::string_view, 6> kNames = {"passw", "pwd", "secret", "token", "key", "credential"};
  if (std::ranges::none_of(kNames, [&](std::string_view name) { return lower.contains(name); })) {
    return std::nullopt;
  }
  static const std::regex quoted(
      "(passw(or)?d|passphrase|pwd|secret|token|credential|api_?key|access_?key|private_?key|account_?key)(_[a-z0-9_]*)?[\"']?\\s*(=|:|,|\\{|\\(|==)"
      "\\s*\\{?"
      "[\"']([^\"'\\s]{6,})[\"']",
      std::regex::icase | std::regex::optimize);
  static const std::regex bare(
      "^\\s*-?\\s*[\"']?[a-z0-9_]*(passw(or)?d|passphrase|pwd|secret|token|api_?key)[\"']?:\\s+([A-Za-z0-9+/=_.-]{12,})\\s*$",
      std::regex::icase | std::regex::optimize);
  const std::string text(line);
  std::smatch found;
  for (auto at = text.cbegin(); std::regex_search(at, text.cend(), found, quoted); at = found.suffix().first) {
    const std::string value = found[5].str();
    const std::string name = lower_case(found[1].str());
    const bool is_password = name.starts_with("passw") || name == "passphrase" || name == "pwd";
    if (!says_that_it_is_none(value) && (is_password ? !value.contains('_') : !is_of_words(value) && entropy(value) > 2.9)) {
      return FoundCredential{is_password ? "a password beside its name" : "a literal beside the name of a secret", value};
    }
  }
  if (std::regex_search(text, found, bare) && !says_that_it_is_none(found[3].str()) && !is_of_words(found[3].str()) &&
      entropy(found[3].str()) > 2.9) {
    return FoundCredential{"a literal beside the name of a secret", found[3].str()};
  }
  return std::nullopt;
}

}  // namespace

std::optional<FoundCredential> userinfo_in(std::string_view line) {
  if (line.size() > kLongestLine || !line.contains("://") || !line.contains('@')) {
    return std::nullopt;
  }
  static const std::regex pattern("[a-zA-Z][a-zA-Z0-9+.-]*://([^/\\s:@\"'<>`]+:[^/\\s@\"'<>`]+)@", std::regex::optimize);
  const std::string text(line);
  for (std::sregex_iterator found(text.begin(), text.end(), pattern); found != std::sregex_iterator(); ++found) {
    if (std::string value = (*found)[1].str(); !says_that_it_is_none(value)) {
      return FoundCredential{"a user and a password in a URL", std::move(value)};
    }
  }
  return std::nullopt;
}

bool is_marked_as_no_credential(std::string_view line) { return line.contains("not a credential"); }

std::optional<FoundCredential> credential_in(std::string_view line) {
  if (line.size() > kLongestLine) {
    return std::nullopt;
  }
  const std::string lower = lower_case(line);
  const std::string text(line);
  for (const Rule& rule : rules()) {
    std::smatch found;
    if (lower.contains(rule.keyword) && std::regex_search(text, found, rule.pattern) && !says_that_it_is_none(found[1].str())) {
      return FoundCredential{rule.kind, found[1].str()};
    }
  }
  if (std::optional<FoundCredential> userinfo = userinfo_in(line)) {
    return userinfo;
  }
  return literal_beside_a_name(line, lower);
}

}  // namespace lakeflow
