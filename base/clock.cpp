#include "base/clock.h"

#include <chrono>
#include <ctime>

#include <fmt/format.h>

namespace lakeflow {
namespace {

constexpr std::int64_t kMicrosPerSecond = 1'000'000;

// Reads exactly `digits` digits at `at`, and moves past them.
std::optional<int> read_digits(std::string_view text, std::size_t& at, std::size_t digits) {
  if (at + digits > text.size()) {
    return std::nullopt;
  }
  int value = 0;
  for (std::size_t i = 0; i < digits; ++i) {
    const char c = text[at + i];
    if (c < '0' || c > '9') {
      return std::nullopt;
    }
    value = value * 10 + (c - '0');
  }
  at += digits;
  return value;
}

bool read_char(std::string_view text, std::size_t& at, char expected) {
  if (at >= text.size() || text[at] != expected) {
    return false;
  }
  ++at;
  return true;
}

// By the calendar of the standard library, which has all years.
std::optional<std::int32_t> days_of_rare_year(int year, int month, int day) {
  const std::chrono::year_month_day date(std::chrono::year(year), std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day)));
  if (month < 1 || day < 1 || !date.ok()) {
    return std::nullopt;
  }
  return static_cast<std::int32_t>(std::chrono::sys_days(date).time_since_epoch().count());
}

}  // namespace

TimestampMicros now_micros() {
  return std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::system_clock::now().time_since_epoch()).count();
}

std::string format_utc(TimestampMicros time) {
  std::int64_t seconds = time / kMicrosPerSecond;
  std::int64_t micros = time % kMicrosPerSecond;
  if (micros < 0) {
    micros += kMicrosPerSecond;
    --seconds;
  }
  const std::chrono::sys_seconds point{std::chrono::seconds(seconds)};
  const auto day = std::chrono::floor<std::chrono::days>(point);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(point - day);
  std::string text = fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}", static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                                 static_cast<unsigned>(date.day()), clock.hours().count(), clock.minutes().count(), clock.seconds().count());
  if (micros % 1000 != 0) {
    text += fmt::format(".{:06}", micros);
  } else if (micros != 0) {
    text += fmt::format(".{:03}", micros / 1000);
  }
  return text + "Z";
}

std::optional<std::int32_t> days_from_civil(int year, int month, int day) {
  // Before each month of a common year, and of a leap year.
  static constexpr std::int16_t kDaysBefore[2][13] = {{0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 365},
                                                      {0, 31, 60, 91, 121, 152, 182, 213, 244, 274, 305, 335, 366}};
  constexpr int kEpoch = 719'162;  // 1970-01-01, from 0001-01-01
  if (year < 1 || year > 9999 || month < 1 || month > 12) {
    return days_of_rare_year(year, month, day);
  }
  const bool is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
  const std::int16_t* const before = kDaysBefore[is_leap ? 1 : 0] + month - 1;
  if (day < 1 || day > before[1] - before[0]) {
    return std::nullopt;
  }
  const int years = year - 1;
  return years * 365 + years / 4 - years / 100 + years / 400 + before[0] + day - 1 - kEpoch;
}

std::optional<TimestampMicros> parse_utc(std::string_view text) {
  std::size_t at = 0;
  const auto year = read_digits(text, at, 4);
  if (!year || !read_char(text, at, '-')) return std::nullopt;
  const auto month = read_digits(text, at, 2);
  if (!month || !read_char(text, at, '-')) return std::nullopt;
  const auto day = read_digits(text, at, 2);
  if (!day || !read_char(text, at, 'T')) return std::nullopt;
  const auto hour = read_digits(text, at, 2);
  if (!hour || !read_char(text, at, ':')) return std::nullopt;
  const auto minute = read_digits(text, at, 2);
  if (!minute || !read_char(text, at, ':')) return std::nullopt;
  const auto second = read_digits(text, at, 2);
  // A leap second is written 60 (FHIR allows it): it counts as the next second.
  if (!second || *hour > 23 || *minute > 59 || *second > 60) return std::nullopt;

  std::int64_t micros = 0;
  if (read_char(text, at, '.')) {
    const std::size_t start = at;
    std::int64_t place = kMicrosPerSecond / 10;
    while (at < text.size() && text[at] >= '0' && text[at] <= '9') {
      micros += (text[at] - '0') * place;
      place /= 10;
      ++at;
    }
    if (at == start) return std::nullopt;
  }

  std::int64_t zone_seconds = 0;
  if (!read_char(text, at, 'Z')) {
    const bool west = at < text.size() && text[at] == '-';
    if (!read_char(text, at, west ? '-' : '+')) return std::nullopt;
    const auto zone_hour = read_digits(text, at, 2);
    if (!zone_hour || !read_char(text, at, ':')) return std::nullopt;
    const auto zone_minute = read_digits(text, at, 2);
    if (!zone_minute || *zone_hour > 14 || *zone_minute > 59) return std::nullopt;
    zone_seconds = (*zone_hour * 3600 + *zone_minute * 60) * (west ? -1 : 1);
  }
  const auto days = days_from_civil(*year, *month, *day);
  if (!days || at != text.size()) return std::nullopt;
  const std::int64_t seconds = std::int64_t{*days} * 86400 + *hour * 3600 + *minute * 60 + *second - zone_seconds;
  return seconds * kMicrosPerSecond + micros;
}

std::optional<TimestampMicros> parse_http_date(std::string_view text) {
  const std::string terminated(text);
  for (const char* form : {"%a, %d %b %Y %H:%M:%S GMT", "%A, %d-%b-%y %H:%M:%S GMT", "%a %b %d %H:%M:%S %Y"}) {
    std::tm parts{};
    const char* end = strptime(terminated.c_str(), form, &parts);
    if (end != nullptr && *end == '\0') {
      return std::int64_t{timegm(&parts)} * kMicrosPerSecond;
    }
  }
  return std::nullopt;
}

std::string format_http_date(TimestampMicros time) {
  const std::time_t seconds = static_cast<std::time_t>(time / kMicrosPerSecond);
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  char text[64];
  return {text, std::strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", &parts)};
}

}  // namespace lakeflow
