#include "engine/decode/json_number.h"

#include <charconv>
#include <cmath>
#include <limits>

namespace lakeflow {
namespace {

// 10^22 is the last power of ten that is a double exactly.
constexpr std::array<double, 23> kExactPowers = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                                                 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

constexpr int kMostDecimalDigits = 38;

// Digits and zeros of a number of any length: value = significant digits × 10^exponent, no zeros at their ends.
struct Significant {
  Int128 digits = 0;
  int count = 0;  // more than 38: digits is not their value
  std::int64_t exponent = 0;
};

Significant significant_digits(const JsonNumber& number) {
  Significant result;
  result.exponent = number.exponent;
  std::int64_t zeros = 0;  // those seen since the last digit that is none
  for (const char c : number.text) {
    if (c == 'e' || c == 'E') {
      break;
    }
    if (!is_digit(c)) {
      continue;
    }
    if (c == '0') {
      zeros += result.count > 0 ? 1 : 0;
      continue;
    }
    const std::int64_t count = result.count + zeros + 1;
    for (std::int64_t i = result.count; i < count && i < kMostDecimalDigits; ++i) {
      result.digits *= 10;
    }
    if (count > kMostDecimalDigits) {
      result.count = kMostDecimalDigits + 1;
      return result;
    }
    result.digits += c - '0';
    result.count = static_cast<int>(count);
    zeros = 0;
  }
  result.exponent += zeros;
  return result;
}

}  // namespace

bool to_any_decimal(const JsonNumber& number, int precision, int scale, Int128& value) {
  const Significant digits = significant_digits(number);
  value = 0;
  if (digits.count == 0) {
    return true;
  }
  const std::int64_t zeros = digits.exponent + scale;
  if (digits.count > kMostDecimalDigits || zeros < 0 || digits.count + zeros > precision) {
    return false;
  }
  value = number.negative ? -digits.digits : digits.digits;
  for (std::int64_t i = 0; i < zeros; ++i) {
    value *= 10;
  }
  return true;
}

std::optional<std::int64_t> to_any_integer(const JsonNumber& number) {
  Int128 value = 0;
  if (!to_decimal(number, 19, 0, value) || value < std::numeric_limits<std::int64_t>::min() || value > std::numeric_limits<std::int64_t>::max()) {
    return std::nullopt;
  }
  return static_cast<std::int64_t>(value);
}

std::optional<double> to_double(const JsonNumber& number) {
  constexpr std::uint64_t kExactDigits = std::uint64_t{1} << 53U;
  if (number.count <= JsonNumber::kMostDigits && number.digits <= kExactDigits && number.exponent >= -22 && number.exponent <= 22) {
    const double digits = static_cast<double>(number.digits);
    const double value = number.exponent < 0 ? digits / kExactPowers[static_cast<std::size_t>(-number.exponent)]
                                             : digits * kExactPowers[static_cast<std::size_t>(number.exponent)];
    return number.negative ? -value : value;
  }
  double value = 0;
  const auto [end, error] = std::from_chars(number.text.data(), number.text.data() + number.text.size(), value);
  if (error == std::errc::result_out_of_range && significant_digits(number).count == 0) {
    return number.negative ? -0.0 : 0.0;
  }
  const bool vanished = value == 0 && significant_digits(number).count != 0;
  if (error != std::errc() || end != number.text.data() + number.text.size() || !std::isfinite(value) || vanished) {
    return std::nullopt;
  }
  return value;
}

}  // namespace lakeflow
