#include "libs/hl7v2/date_time.h"

#include <cstring>
#include <string>

#include "base/clock.h"

namespace lakeflow::hl7v2 {
namespace {

constexpr std::int64_t kMicrosPerSecond = 1'000'000;
constexpr std::size_t kMostFractionDigits = 9;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::size_t count_digits(std::string_view text) {
  std::size_t count = 0;
  while (count < text.size() && is_digit(text[count])) {
    ++count;
  }
  return count;
}

int two_digits(std::string_view text, std::size_t at) { return (text[at] - '0') * 10 + (text[at + 1] - '0'); }

// The numbers of two digits that eight digits are, a number every other byte, the first one lowest; false where one of them is no digit.
bool digit_pairs(const char* text, std::uint64_t& pairs) {
  std::uint64_t digits = 0;
  std::memcpy(&digits, text, sizeof digits);
  digits -= 0x3030303030303030U;
  pairs = digits * 10 + (digits >> 8U);
  return (((digits + 0x7676767676767676U) | digits) & 0x8080808080808080U) == 0;
}
int pair(std::uint64_t pairs, unsigned number) { return static_cast<int>(pairs >> (16 * number) & 0xFFU); }

}  // namespace

bool parse_usual_time(std::string_view text, UsualTime& time) {
  constexpr std::size_t kDay = 8;
  constexpr std::size_t kSecond = 14;
  std::uint64_t date = 0;
  std::uint64_t clock = 0;  // the day again, and its hour, minute and second
  if ((text.size() != kSecond && text.size() != kDay) || !digit_pairs(text.data(), date)) {
    return false;
  }
  time.has_hour = text.size() == kSecond;
  if (time.has_hour && !digit_pairs(text.data() + kSecond - kDay, clock)) {
    return false;
  }
  const int hour = pair(clock, 1);
  const int minute = pair(clock, 2);
  const int second = pair(clock, 3);
  const auto days = days_from_civil(pair(date, 0) * 100 + pair(date, 1), pair(date, 2), pair(date, 3));
  if (!days || hour > 23 || minute > 59 || second > 59) {
    return false;
  }
  time.days = *days;
  time.micros_of_day = (hour * 3600 + minute * 60 + second) * kMicrosPerSecond;
  return true;
}

std::optional<DateTime> parse_date_time(std::string_view text) {
  if (UsualTime usual; parse_usual_time(text, usual)) {
    DateTime time;
    time.precision = usual.has_hour ? Precision::kSecond : Precision::kDay;
    time.days = usual.days;
    time.micros_of_day = usual.micros_of_day;
    return time;
  }
  const std::size_t digits = count_digits(text);
  if (digits < 4 || digits > 14 || digits % 2 != 0) {
    return std::nullopt;
  }
  DateTime time;
  time.precision = static_cast<Precision>((digits - 4) / 2);
  const int year = two_digits(text, 0) * 100 + two_digits(text, 2);
  const int month = digits >= 6 ? two_digits(text, 4) : 1;
  const int day = digits >= 8 ? two_digits(text, 6) : 1;
  const int hour = digits >= 10 ? two_digits(text, 8) : 0;
  const int minute = digits >= 12 ? two_digits(text, 10) : 0;
  const int second = digits >= 14 ? two_digits(text, 12) : 0;
  const auto days = days_from_civil(year, month, day);
  if (!days || hour > 23 || minute > 59 || second > 59) {
    return std::nullopt;
  }
  time.days = *days;
  time.micros_of_day = (hour * 3600 + minute * 60 + second) * kMicrosPerSecond;

  std::string_view rest = text.substr(digits);
  if (rest.starts_with('.')) {
    const std::size_t fraction = count_digits(rest.substr(1));
    if (digits != 14 || fraction == 0 || fraction > kMostFractionDigits) {
      return std::nullopt;
    }
    std::int64_t place = kMicrosPerSecond / 10;
    for (std::size_t i = 1; i <= fraction; ++i, place /= 10) {
      time.micros_of_day += (rest[i] - '0') * place;
    }
    time.precision = Precision::kFraction;
    time.fraction_digits = static_cast<std::uint8_t>(fraction);
    rest.remove_prefix(1 + fraction);
  }
  if (rest.empty()) {
    return time;
  }
  const bool signed_offset = rest.front() == '+' || rest.front() == '-';
  if (!signed_offset || rest.size() != 5 || count_digits(rest.substr(1)) != 4 || two_digits(rest, 1) > 14 || two_digits(rest, 3) > 59) {
    return std::nullopt;
  }
  const int minutes = two_digits(rest, 1) * 60 + two_digits(rest, 3);
  time.zone_minutes = static_cast<std::int16_t>(rest.front() == '-' ? -minutes : minutes);
  return time;
}

std::optional<std::int64_t> parse_time_of_day(std::string_view text) {
  // On the day 0 it is a DTM.
  std::string dated = "19700101";
  dated += text;
  const auto time = count_digits(text) >= 2 ? parse_date_time(dated) : std::nullopt;
  return time ? std::optional(time->micros_of_day) : std::nullopt;
}

}  // namespace lakeflow::hl7v2
