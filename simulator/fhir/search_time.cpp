#include "simulator/fhir/search_time.h"

#include <algorithm>
#include <cctype>
#include <string>

#include "base/clock.h"
#include "base/options.h"

namespace lakeflow {
namespace {

constexpr TimestampMicros kSecond = 1'000'000;
constexpr TimestampMicros kMinute = 60 * kSecond;
constexpr TimestampMicros kDay = 24 * 60 * kMinute;

bool all_digits(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](unsigned char c) { return std::isdigit(c) != 0; });
}

std::optional<TimestampMicros> first_instant(int year, int month, int day) {
  const auto days = days_from_civil(year, month, day);
  return days ? std::optional(*days * kDay) : std::nullopt;
}

std::optional<TimeRange> range(std::optional<TimestampMicros> from, std::optional<TimestampMicros> until) {
  return from && until ? std::optional(TimeRange{from, until}) : std::nullopt;
}

// YYYY, YYYY-MM, YYYY-MM-DD.
std::optional<TimeRange> parse_day(std::string_view text) {
  const auto part = [&](std::size_t at, std::size_t length) -> int {
    const std::string_view digits = text.substr(std::min(at, text.size()), length);
    return digits.size() == length && all_digits(digits) ? static_cast<int>(parse_integer(digits).value_or(0)) : 0;
  };
  const auto dash = [&](std::size_t at) { return text[at] == '-'; };
  const int year = part(0, 4);
  if (year == 0) {
    return std::nullopt;
  }
  if (text.size() == 4) {
    return range(first_instant(year, 1, 1), first_instant(year + 1, 1, 1));
  }
  const int month = text.size() >= 7 && dash(4) ? part(5, 2) : 0;
  if (text.size() == 7) {
    return range(first_instant(year, month, 1), month == 12 ? first_instant(year + 1, 1, 1) : first_instant(year, month + 1, 1));
  }
  const auto day = text.size() == 10 && dash(7) ? first_instant(year, month, part(8, 2)) : std::nullopt;
  return range(day, day ? std::optional(*day + kDay) : std::nullopt);
}

// How long a time of day lasts as written: "12:30" a minute, "12:30:15" a second, "12:30:15.1" a tenth.
TimestampMicros duration(std::string_view time_of_day) {
  if (time_of_day.size() == 5) {
    return kMinute;
  }
  TimestampMicros lasts = kSecond;
  for (std::size_t digit = 9; digit < time_of_day.size() && lasts > 1; ++digit) {
    lasts /= 10;
  }
  return lasts;
}

}  // namespace

std::optional<TimeRange> parse_search_date(std::string_view text) {
  const auto time = text.find('T');
  if (time == std::string_view::npos) {
    return parse_day(text);
  }
  const auto zone = text.find_first_of("Z+-", time);
  const std::string_view time_of_day = text.substr(time + 1, zone == std::string_view::npos ? zone : zone - time - 1);
  const std::string_view seconds = time_of_day.size() == 5 ? ":00" : "";
  const auto from = parse_utc(std::string(text.substr(0, time + 1)) + std::string(time_of_day) + std::string(seconds) +
                              std::string(zone == std::string_view::npos ? "Z" : text.substr(zone)));
  return range(from, from ? std::optional(*from + duration(time_of_day)) : std::nullopt);
}

std::optional<TimeRange> parse_date_condition(std::string_view text) {
  std::string_view prefix = "eq";
  if (text.size() > 2 && std::isalpha(static_cast<unsigned char>(text[0])) != 0) {
    prefix = text.substr(0, 2);
    text.remove_prefix(2);
  }
  const auto date = parse_search_date(text);
  if (!date) {
    return std::nullopt;
  }
  if (prefix == "eq") return date;
  if (prefix == "ge") return TimeRange{date->from, std::nullopt};
  if (prefix == "gt" || prefix == "sa") return TimeRange{date->until, std::nullopt};
  if (prefix == "lt" || prefix == "eb") return TimeRange{std::nullopt, date->from};
  if (prefix == "le") return TimeRange{std::nullopt, date->until};
  return std::nullopt;
}

}  // namespace lakeflow
