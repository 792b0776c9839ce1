#include "libs/time_zone/time_zone.h"

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>

#include <fmt/format.h>

#include "libs/time_zone/zone_file.h"

namespace lakeflow {
namespace {

constexpr std::int64_t kMicrosPerSecond = 1'000'000;
constexpr std::string_view kZoneInfo = "/usr/share/zoneinfo/";

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// "+01:00", "-0530"
std::optional<std::int32_t> fixed_offset(std::string_view text) {
  if (text.size() < 5 || (text[0] != '+' && text[0] != '-')) {
    return std::nullopt;
  }
  std::string digits(text.substr(1));
  if (digits.size() == 5 && digits[2] == ':') {
    digits.erase(2, 1);
  }
  if (digits.size() != 4 || !std::ranges::all_of(digits, is_digit)) {
    return std::nullopt;
  }
  const int hours = (digits[0] - '0') * 10 + (digits[1] - '0');
  const int minutes = (digits[2] - '0') * 10 + (digits[3] - '0');
  if (hours > 14 || minutes > 59) {
    return std::nullopt;
  }
  return (hours * 3600 + minutes * 60) * (text[0] == '-' ? -1 : 1);
}

// Letters, digits and _ + - / as zones are named: no way out of the folder.
bool is_zone_name(std::string_view name) {
  const auto allowed = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '+' || c == '-' || c == '/'; };
  return !name.empty() && name.front() != '/' && std::ranges::all_of(name, allowed);
}

}  // namespace

Result<TimeZone> TimeZone::find(std::string_view name) {
  TimeZone zone;
  zone.transitions_ = std::make_shared<const std::vector<Transition>>();
  if (name == "UTC" || name == "Z") {
    return zone;
  }
  if (const auto offset = fixed_offset(name)) {
    zone.first_offset_ = *offset;
    return zone;
  }
  std::ifstream file;
  const std::string path = std::string(kZoneInfo) + std::string(name);
  std::error_code ignored;
  if (is_zone_name(name) && std::filesystem::is_regular_file(path, ignored)) {
    file.open(path, std::ios::binary);
  }
  const std::string bytes = file.is_open() ? std::string(std::istreambuf_iterator<char>(file), {}) : std::string();
  if (!bytes.starts_with("TZif")) {
    return std::unexpected(Error::user(
        fmt::format("unknown time zone {}", name),
        fmt::format("give UTC, an offset such as +01:00, or a name such as Europe/Berlin that is under {} (the package tzdata)", kZoneInfo)));
  }
  return ZoneFile::parse(bytes, name);
}

std::int32_t TimeZone::offset_at_local(std::int64_t local_seconds) const {
  // The first transition whose new clock and old clock have both passed that time ends the search.
  std::int32_t offset = first_offset_;
  const auto& transitions = *transitions_;
  // Transitions more than a day away cannot matter: go straight to the last one before that.
  auto at = std::ranges::upper_bound(transitions, local_seconds - 86'400, {}, &Transition::utc_seconds);
  if (at != transitions.begin()) {
    offset = std::prev(at)->offset;
  }
  while (at != transitions.end() && local_seconds - offset >= at->utc_seconds) {
    const bool skipped = at->offset > offset && local_seconds - at->offset < at->utc_seconds;
    if (skipped) {
      break;
    }
    offset = at->offset;
    ++at;
  }
  return offset;
}

std::int64_t TimeZone::to_utc_micros(std::int64_t local_micros) const {
  const std::int64_t seconds = local_micros / kMicrosPerSecond - (local_micros % kMicrosPerSecond < 0 ? 1 : 0);
  return local_micros - offset_at_local(seconds) * kMicrosPerSecond;
}

}  // namespace lakeflow
