#include "tests/canonical_json/canonical_json.h"

#include <algorithm>
#include <cstdlib>
#include <utility>
#include <vector>

#include "base/json_text.h"
#include "engine/decode/test/plain_json.h"

namespace lakeflow::test {
namespace {

constexpr int kDeepest = 1000;

std::string canonical_number(std::string_view text) {
  while (!text.empty() && static_cast<unsigned char>(text.back()) <= ' ') text.remove_suffix(1);
  const bool negative = text.starts_with('-');
  text.remove_prefix(negative ? 1 : 0);
  const std::size_t e = std::min(text.find_first_of("eE"), text.size());
  long exponent = e < text.size() ? std::strtol(std::string(text.substr(e + 1)).c_str(), nullptr, 10) : 0;
  std::string digits;
  bool behind_point = false;
  for (const char c : text.substr(0, e)) {
    behind_point = behind_point || c == '.';
    if (c != '.') {
      digits += c;
      exponent -= behind_point ? 1 : 0;
    }
  }
  digits.erase(0, std::min(digits.find_first_not_of('0'), digits.size()));
  while (digits.ends_with('0')) {
    digits.pop_back();
    ++exponent;
  }
  return digits.empty() ? "0" : (negative ? "-" : "") + digits + "e" + std::to_string(exponent);
}

std::string canonical_text(const PlainJson& string) {
  if (!string.text) {
    return string.raw;  // half of a surrogate pair
  }
  std::string out;
  append_json_string(out, *string.text);
  return out;
}

std::string canonical(const PlainJson& value) {
  std::string out;
  switch (value.kind) {
    case PlainJson::Kind::kObject: {
      std::vector<std::pair<std::string, std::string>> members;
      for (const PlainJson::Member& member : value.members) {
        members.emplace_back(canonical_text(member.key), canonical(member.value));
      }
      std::ranges::sort(members);
      for (const auto& [key, text] : members) out += (out.empty() ? "{" : ",") + key + ":" + text;
      return out.empty() ? "{}" : out + "}";
    }
    case PlainJson::Kind::kArray:
      for (const PlainJson& element : value.elements) out += (out.empty() ? "[" : ",") + canonical(element);
      return out.empty() ? "[]" : out + "]";
    case PlainJson::Kind::kString: return canonical_text(value);
    case PlainJson::Kind::kNumber: return canonical_number(value.raw);
    default: return value.raw;
  }
}

}  // namespace

std::string canonical_json(std::string_view text) {
  const PlainJsonOutcome outcome = read_plain_record(text, kDeepest);
  return outcome.value ? canonical(*outcome.value) : "no JSON object";
}

}  // namespace lakeflow::test
