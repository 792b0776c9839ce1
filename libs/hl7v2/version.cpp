#include "libs/hl7v2/version.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

namespace lakeflow::hl7v2 {
namespace {

constexpr std::array<std::string_view, 12> kTexts = {"2.1", "2.2", "2.3", "2.3.1", "2.4", "2.5", "2.5.1", "2.6", "2.7", "2.8", "2.8.1", "2.8.2"};

using Numbers = std::array<unsigned, 3>;

// "2.5.1" as 2, 5, 1; "2.5" as 2, 5, 0.
std::optional<Numbers> parse_numbers(std::string_view text) {
  Numbers numbers{};
  const char* at = text.data();
  const char* const end = at + text.size();
  for (unsigned& number : numbers) {
    const auto [next, failure] = std::from_chars(at, end, number);
    if (failure != std::errc()) {
      return std::nullopt;
    }
    if (next == end) {
      return numbers;
    }
    if (*next != '.') {
      return std::nullopt;
    }
    at = next + 1;
  }
  return std::nullopt;
}

}  // namespace

std::string_view version_text(Version version) { return kTexts[static_cast<std::size_t>(version)]; }

VersionMatch find_version(std::string_view version_id) {
  if (const auto found = std::ranges::find(kTexts, version_id); found != kTexts.end()) {
    return {static_cast<Version>(found - kTexts.begin()), true};
  }
  if (version_id == "2.7.1") {
    return {Version::k2_7, true};
  }
  const auto asked = parse_numbers(version_id);
  if (!asked) {
    return {kNewestVersion, false};
  }
  Version nearest = Version::k2_1;
  for (std::size_t i = 0; i < kTexts.size(); ++i) {
    if (*parse_numbers(kTexts[i]) <= *asked) {
      nearest = static_cast<Version>(i);
    }
  }
  return {nearest, false};
}

}  // namespace lakeflow::hl7v2
