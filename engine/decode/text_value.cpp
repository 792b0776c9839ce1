#include "engine/decode/text_value.h"

#include <array>

namespace lakeflow {
namespace {

constexpr std::uint8_t kNoDigit = 0xFF;
constexpr std::uint8_t kSpace = 0xFE;

constexpr std::array<std::uint8_t, 256> kBase64Digits = [] {
  std::array<std::uint8_t, 256> digits{};
  digits.fill(kNoDigit);
  constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  for (std::size_t i = 0; i < kAlphabet.size(); ++i) {
    digits[static_cast<std::uint8_t>(kAlphabet[i])] = static_cast<std::uint8_t>(i);
  }
  for (const char c : {' ', '\t', '\r', '\n'}) {
    digits[static_cast<std::uint8_t>(c)] = kSpace;
  }
  return digits;
}();

// The digits at `at`, as one number; sets `wrong` where one is none.
int digits(std::string_view text, std::size_t at, std::size_t count, unsigned& wrong) {
  unsigned value = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const unsigned digit = static_cast<unsigned>(static_cast<unsigned char>(text[at + i])) - '0';
    wrong |= static_cast<unsigned>(digit > 9);
    value = value * 10 + digit;
  }
  return static_cast<int>(value);
}

// Days since 1970-01-01: years counted from March, so that the leap day is a year's last.
std::optional<std::int32_t> to_days(int year, int month, int day) {
  if (month < 1 || month > 12 || day < 1) {
    return std::nullopt;
  }
  if (day > 28) {
    return days_from_civil(year, month, day);
  }
  const int shifted = year - (month <= 2 ? 1 : 0) + 400;  // never negative
  const int century = shifted / 100;
  const int day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
  return shifted * 365 + shifted / 4 - century + century / 4 + day_of_year - 719468 - 146097;
}

}  // namespace

std::optional<std::int32_t> parse_date(std::string_view text) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') {
    return std::nullopt;
  }
  unsigned wrong = 0;
  const int year = digits(text, 0, 4, wrong);
  const int month = digits(text, 5, 2, wrong);
  const int day = digits(text, 8, 2, wrong);
  return wrong != 0 ? std::nullopt : to_days(year, month, day);
}

std::optional<TimestampMicros> parse_timestamp(std::string_view text) {
  constexpr std::size_t kSeconds = 19;  // YYYY-MM-DDThh:mm:ss
  if (text.size() <= kSeconds) {
    return std::nullopt;  // there is no room for a zone
  }
  const auto days = parse_date(text.substr(0, 10));
  unsigned wrong = 0;
  const int hour = digits(text, 11, 2, wrong);
  const int minute = digits(text, 14, 2, wrong);
  const int second = digits(text, 17, 2, wrong);
  if (!days || wrong != 0 || text[10] != 'T' || text[13] != ':' || text[16] != ':' || hour > 23 || minute > 59 || second > 59) {
    return parse_utc(text);
  }
  std::size_t at = kSeconds;
  std::int64_t micros = 0;
  if (text[at] == '.') {
    if (text.size() < at + 5 || (text[at + 4] >= '0' && text[at + 4] <= '9')) {
      return parse_utc(text);
    }
    micros = std::int64_t{1000} * digits(text, at + 1, 3, wrong);
    at += 4;
  }
  std::int64_t zone = 0;
  if (const std::string_view rest = text.substr(at); rest.size() == 6 && rest[3] == ':' && (rest[0] == '+' || rest[0] == '-')) {
    const int zone_hour = digits(rest, 1, 2, wrong);
    const int zone_minute = digits(rest, 4, 2, wrong);
    wrong |= static_cast<unsigned>(zone_hour > 14 || zone_minute > 59);
    zone = (zone_hour * 3600 + zone_minute * 60) * (rest[0] == '-' ? -1 : 1);
  } else if (rest != "Z") {
    return parse_utc(text);
  }
  if (wrong != 0) {
    return parse_utc(text);
  }
  return (std::int64_t{*days} * 86400 + hour * 3600 + minute * 60 + second - zone) * 1'000'000 + micros;
}

std::optional<std::size_t> decode_base64(std::string_view text, std::uint8_t* out) {
  std::size_t written = 0;
  std::uint32_t bits = 0;
  int filled = 0;  // characters of the current four
  std::size_t i = 0;
  for (; i < text.size(); ++i) {
    const std::uint8_t digit = kBase64Digits[static_cast<std::uint8_t>(text[i])];
    if (digit == kSpace) {
      continue;
    }
    if (digit == kNoDigit) {
      break;
    }
    bits = (bits << 6U) | digit;
    if (++filled == 4) {
      out[written++] = static_cast<std::uint8_t>(bits >> 16U);
      out[written++] = static_cast<std::uint8_t>(bits >> 8U);
      out[written++] = static_cast<std::uint8_t>(bits);
      filled = 0;
    }
  }
  int padding = 0;
  for (; i < text.size(); ++i) {
    if (text[i] == '=') {
      ++padding;
    } else if (kBase64Digits[static_cast<std::uint8_t>(text[i])] != kSpace) {
      return std::nullopt;
    }
  }
  if (filled == 0) {
    return padding == 0 ? std::optional(written) : std::nullopt;
  }
  const std::uint32_t unused = filled == 2 ? 0xFU : 0x3U;
  if (filled == 1 || filled + padding != 4 || (bits & unused) != 0) {
    return std::nullopt;
  }
  if (filled == 3) {
    out[written++] = static_cast<std::uint8_t>(bits >> 10U);
    out[written++] = static_cast<std::uint8_t>(bits >> 2U);
  } else {
    out[written++] = static_cast<std::uint8_t>(bits >> 4U);
  }
  return written;
}

}  // namespace lakeflow
