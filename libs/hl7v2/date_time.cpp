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

// The number that eight digits are; nothing where one of them is none.
std::optional<std::uint32_t> eight_digits(const char* text) {
  std::uint64_t digits = 0;
  std::memcpy(&digits, text, sizeof digits);
  digits -= 0x3030303030303030U;
  if (((digits + 0x7676767676767676U) | digits) & 0x8080808080808080U) {
    return std::nullopt;
  }
  // Neighbours are put together: to four numbers of two digits, two of four, one of eight.
  digits = digits * 10 + (digits >> 8U);
  return static_cast<std::uint32_t>(
      ((digits & 0x000000FF000000FFU) * 0x000F424000000064U + (digits >> 16U & 0x000000FF000000FFU) * 0x0000271000000001U) >> 32U);
}

// A time of the usual form, a day or a second of it, without fraction or offset. Nothing where it is of another form, or none.
std::optional<DateTime> parse_usual_time(std::string_view text) {
  constexpr std::size_t kDay = 8;
  constexpr std::size_t kSecond = 14;
  if (text.size() != kDay && text.size() != kSecond) {
    return std::nullopt;
  }
  const auto date = eight_digits(text.data());
  const auto clock = text.size() == kDay ? std::optional<std::uint32_t>(0) : eight_digits(text.data() + kSecond - kDay);
  if (!date || !clock) {
    return std::nullopt;
  }
  const std::uint32_t hour = *clock / 10000 % 100;
  const std::uint32_t minute = *clock / 100 % 100;
  const std::uint32_t second = *clock % 100;
  const auto days = days_from_civil(static_cast<int>(*date / 10000), static_cast<int>(*date / 100 % 100), static_cast<int>(*date % 100));
  if (!days || hour > 23 || minute > 59 || second > 59) {
    return std::nullopt;
  }
  DateTime time;
  time.precision = text.size() == kDay ? Precision::kDay : Precision::kSecond;
  time.days = *days;
  time.micros_of_day = (hour * 3600 + minute * 60 + second) * kMicrosPerSecond;
  return time;
}

}  // namespace

std::optional<DateTime> parse_date_time(std::string_view text) {
  if (const auto time = parse_usual_time(text)) {
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
