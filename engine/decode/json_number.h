#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <optional>
#include <string_view>

#include "engine/decode/column.h"

namespace lakeflow {

// A number of RFC 8259 §6 as it stands in the text: (-1)^negative × digits × 10^exponent, exactly.
struct JsonNumber {
  std::string_view text;
  std::uint64_t digits = 0;  // all its digits as one number, where there are at most 19 from the first that is not zero
  int count = 0;             // how many digits that is
  std::int64_t exponent = 0;
  bool negative = false;

  static constexpr int kMostDigits = 19;
};

inline constexpr std::array<std::uint64_t, 20> kPowersOfTen = [] {
  std::array<std::uint64_t, 20> powers{};
  std::uint64_t power = 1;
  for (auto& entry : powers) {
    entry = power;
    power *= 10;
  }
  return powers;
}();

inline bool is_digit(char c) { return static_cast<unsigned char>(c - '0') < 10; }

// Reads the number at `p`; returns where it ends, or nullptr where none stands there. What follows it is the caller's business.
// `end` is the record's end, before which a number in an object always ends.
inline const char* scan_number(const char* p, const char* end, JsonNumber& number) {
  const char* const start = p;
  number.negative = *p == '-';
  p += number.negative ? 1 : 0;
  std::uint64_t digits = 0;
  const char* const whole = p;
  for (; p < end && is_digit(*p); ++p) {
    digits = digits * 10 + static_cast<std::uint64_t>(*p - '0');
  }
  if (p == whole || (*whole == '0' && p - whole > 1)) {
    return nullptr;
  }
  auto count = p - whole - (*whole == '0' ? 1 : 0);
  std::int64_t exponent = 0;
  if (*p == '.') {
    const char* const fraction = ++p;
    for (; p < end && is_digit(*p); ++p) {
      digits = digits * 10 + static_cast<std::uint64_t>(*p - '0');
    }
    if (p == fraction) {
      return nullptr;
    }
    exponent = fraction - p;
    count += p - fraction;
    if (*whole == '0') {  // zeros behind the point of 0.00…1 do not count
      for (const char* zero = fraction; zero < p && *zero == '0'; ++zero) {
        --count;
      }
    }
  }
  if ((static_cast<unsigned char>(*p) | 0x20U) == 'e') {
    ++p;
    const bool down = *p == '-';
    p += *p == '-' || *p == '+' ? 1 : 0;
    const char* const power = p;
    std::int64_t value = 0;
    for (; p < end && is_digit(*p); ++p) {
      value = value < 1'000'000'000'000 ? value * 10 + (*p - '0') : value;
    }
    if (p == power) {
      return nullptr;
    }
    exponent += down ? -value : value;
  }
  number.digits = digits;
  number.count = static_cast<int>(count < 0x7FFFFFFF ? count : 0x7FFFFFFF);
  number.exponent = exponent;
  number.text = {start, static_cast<std::size_t>(p - start)};
  return p;
}

// The number × 10^scale where that is whole and has at most `precision` digits (38 at most).
bool to_any_decimal(const JsonNumber& number, int precision, int scale, Int128& value);
inline bool to_decimal(const JsonNumber& number, int precision, int scale, Int128& value) {
  const std::int64_t shift = number.exponent + scale;
  if (number.count <= JsonNumber::kMostDigits && shift >= 0 && shift + number.count <= precision && shift < 20) [[likely]] {
    const Int128 magnitude = static_cast<Int128>(number.digits) * static_cast<Int128>(kPowersOfTen[static_cast<std::size_t>(shift)]);
    value = number.negative ? -magnitude : magnitude;
    return true;
  }
  return to_any_decimal(number, precision, scale, value);
}

// The number where it is whole and fits 64 bits.
std::optional<std::int64_t> to_any_integer(const JsonNumber& number);
inline std::optional<std::int64_t> to_integer(const JsonNumber& number) {
  constexpr int kSafeDigits = 18;
  if (number.exponent == 0 && number.count <= kSafeDigits) [[likely]] {
    const auto magnitude = static_cast<std::int64_t>(number.digits);
    return number.negative ? -magnitude : magnitude;
  }
  return to_any_integer(number);
}

// The nearest double; nothing where the number is too large or, but for zero itself, too small for one.
std::optional<double> to_double(const JsonNumber& number);

// Writes the number into its column, which is ready for it at `row`; false where it does not fit.
inline bool append_number(Column& column, std::uint32_t row, const JsonNumber& number) {
  if (column.kind == ColumnKind::kInteger) {
    if (const auto integer = to_integer(number)) return column.append(row, *integer), true;
  } else if (column.kind == ColumnKind::kDouble) {
    if (const auto real = to_double(number)) return column.append(row, *real), true;
  } else {
    Int128 decimal = 0;
    if (to_decimal(number, column.precision, column.scale, decimal)) return column.append(row, decimal), true;
  }
  return false;
}

}  // namespace lakeflow
