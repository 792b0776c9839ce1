#include "engine/decode/text_value.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <limits>

#include "engine/decode/json_number.h"

namespace lakeflow {
namespace {

constexpr std::uint8_t kNoDigit = 0xFF;
constexpr std::uint8_t kSpace = 0xFE;
constexpr std::uint8_t kLastDigit = 63;

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

// Eight characters at a time, as the bytes of one number.
std::uint64_t load_eight(const char* text) {
  std::uint64_t bytes = 0;
  std::memcpy(&bytes, text, sizeof bytes);
  if constexpr (std::endian::native == std::endian::big) {
    bytes = __builtin_bswap64(bytes);
  }
  return bytes;
}

// Two digits beside each other as a number, and whether all of a text's were digits and its separators in place.
class Digits {
 public:
  // `pattern` has a 0 where a digit belongs.
  Digits(const char* text, const char* pattern) {
    const std::uint64_t wanted = load_eight(pattern);
    const std::uint64_t bytes = load_eight(text) ^ wanted;  // digits as their value, the right separators as 0
    // A byte is right where adding what it lacks to 0x7F leaves its highest bit unset: up to 9 for a digit, 0 for a separator.
    const std::uint64_t separators = ((wanted ^ 0x3030303030303030U) + 0x7F7F7F7F7F7F7F7FU) & 0x8080808080808080U;
    const std::uint64_t slack = 0x7676767676767676U + (separators >> 7U) * 9;
    good_ = ((bytes | (bytes + slack)) & 0x8080808080808080U) == 0;
    pairs_ = bytes * 10 + (bytes >> 8U);
  }

  bool good() const { return good_; }
  int pair(unsigned at) const { return static_cast<int>((pairs_ >> (at * 8)) & 0xFFU); }

 private:
  bool good_ = false;
  std::uint64_t pairs_ = 0;
};

// Days since 1970-01-01, or kNoDay. Years are counted from March, so that the leap day is a year's last.
constexpr std::int32_t kNoDay = std::numeric_limits<std::int32_t>::min();

inline std::int32_t to_days(int year, int month, int day) {
  if (month < 1 || month > 12 || day < 1) {
    return kNoDay;
  }
  if (day > 28) [[unlikely]] {
    return days_from_civil(year, month, day).value_or(kNoDay);
  }
  const int shifted = year - (month <= 2 ? 1 : 0) + 400;  // never negative
  const int century = shifted / 100;
  const int day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
  return shifted * 365 + shifted / 4 - century + century / 4 + day_of_year - 719468 - 146097;
}

}  // namespace

std::optional<std::int32_t> parse_date(std::string_view text) {
  if (text.size() != 10 || !is_digit(text[8]) || !is_digit(text[9])) {
    return std::nullopt;
  }
  const Digits month(text.data(), "0000-00-");
  if (!month.good()) {
    return std::nullopt;
  }
  const std::int32_t days = to_days(month.pair(0) * 100 + month.pair(2), month.pair(5), (text[8] - '0') * 10 + (text[9] - '0'));
  return days == kNoDay ? std::nullopt : std::optional(days);
}

std::optional<TimestampMicros> parse_timestamp(std::string_view text) {
  constexpr std::size_t kSeconds = 19;  // YYYY-MM-DDThh:mm:ss
  if (text.size() <= kSeconds) {
    return std::nullopt;  // there is no room for a zone
  }
  const Digits month(text.data(), "0000-00-");
  const Digits minute(text.data() + 8, "00T00:00");
  if (!month.good() || !minute.good() || text[16] != ':' || !is_digit(text[17]) || !is_digit(text[18])) {
    return std::nullopt;
  }
  const std::int32_t days = to_days(month.pair(0) * 100 + month.pair(2), month.pair(5), minute.pair(0));
  const int second = (text[17] - '0') * 10 + (text[18] - '0');
  if (days == kNoDay || minute.pair(3) > 23 || minute.pair(6) > 59 || second > 60) {
    return std::nullopt;
  }
  std::size_t at = kSeconds;
  std::int64_t micros = 0;
  if (text[at] == '.') {
    constexpr std::size_t kMicroDigits = 6;
    const std::size_t start = ++at;
    for (; at < text.size() && is_digit(text[at]); ++at) {
      micros = at - start < kMicroDigits ? micros * 10 + (text[at] - '0') : micros;
    }
    if (at == start) {
      return std::nullopt;
    }
    micros *= static_cast<std::int64_t>(kPowersOfTen[kMicroDigits - std::min(at - start, kMicroDigits)]);
  }
  std::int64_t zone = 0;
  if (const std::string_view rest = text.substr(at); rest != "Z" && rest != "+00:00") {
    if (rest.size() != 6 || (rest[0] != '+' && rest[0] != '-') || rest[3] != ':' || !is_digit(rest[1]) || !is_digit(rest[2]) || !is_digit(rest[4]) ||
        !is_digit(rest[5])) {
      return std::nullopt;
    }
    const int hours = (rest[1] - '0') * 10 + (rest[2] - '0');
    const int minutes = (rest[4] - '0') * 10 + (rest[5] - '0');
    if (hours > 14 || minutes > 59) {
      return std::nullopt;
    }
    zone = (hours * 3600 + minutes * 60) * (rest[0] == '-' ? -1 : 1);
  }
  return (std::int64_t{days} * 86400 + minute.pair(3) * 3600 + minute.pair(6) * 60 + second - zone) * 1'000'000 + micros;
}

std::optional<std::size_t> decode_base64(std::string_view text, std::uint8_t* out) {
  std::size_t written = 0;
  std::uint32_t bits = 0;
  int filled = 0;  // characters of the current four
  std::size_t i = 0;
  const auto digit_at = [&](std::size_t at) { return std::uint32_t{kBase64Digits[static_cast<std::uint8_t>(text[at])]}; };
  for (; i + 4 <= text.size(); i += 4) {  // as long as nothing stands between the characters
    const std::uint32_t a = digit_at(i);
    const std::uint32_t b = digit_at(i + 1);
    const std::uint32_t c = digit_at(i + 2);
    const std::uint32_t d = digit_at(i + 3);
    if ((a | b | c | d) > kLastDigit) {
      break;
    }
    const std::uint32_t three = a << 18U | b << 12U | c << 6U | d;
    out[written++] = static_cast<std::uint8_t>(three >> 16U);
    out[written++] = static_cast<std::uint8_t>(three >> 8U);
    out[written++] = static_cast<std::uint8_t>(three);
  }
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
