#include "sources/dicomweb/dicom_time.h"

#include <algorithm>
#include <cctype>

namespace lakeflow {
namespace {

constexpr std::int64_t kSecond = 1'000'000;

std::optional<int> number(std::string_view digits) {
  int value = 0;
  for (const char c : digits) {
    if (std::isdigit(static_cast<unsigned char>(c)) == 0) {
      return std::nullopt;
    }
    value = value * 10 + (c - '0');
  }
  return digits.empty() ? std::nullopt : std::optional(value);
}

std::string_view without_padding(std::string_view text) { return text.substr(0, text.find_last_not_of(' ') + 1); }

}  // namespace

std::optional<std::int32_t> parse_dicom_date(std::string_view text) {
  text = without_padding(text);
  if (text.size() != 8) {
    return std::nullopt;
  }
  const std::optional<int> year = number(text.substr(0, 4));
  const std::optional<int> month = number(text.substr(4, 2));
  const std::optional<int> day = number(text.substr(6));
  return year && month && day ? days_from_civil(*year, *month, *day) : std::nullopt;
}

std::optional<std::int64_t> parse_dicom_time(std::string_view text) {
  text = without_padding(text);
  const std::size_t point = std::min(text.find('.'), text.size());
  const std::string_view whole = text.substr(0, point);
  std::string_view fraction = text.substr(std::min(point + 1, text.size()));
  const bool has_fraction = point < text.size();
  if ((whole.size() != 2 && whole.size() != 4 && whole.size() != 6) ||
      (has_fraction && (whole.size() != 6 || fraction.empty() || fraction.size() > 6))) {
    return std::nullopt;
  }
  const std::optional<int> hours = number(whole.substr(0, 2));
  const std::optional<int> minutes = whole.size() > 2 ? number(whole.substr(2, 2)) : 0;
  const std::optional<int> seconds = whole.size() > 4 ? number(whole.substr(4)) : 0;
  std::optional<int> micros = has_fraction ? number(fraction) : 0;
  if (!hours || !minutes || !seconds || !micros || *hours > 23 || *minutes > 59 || *seconds > 60) {
    return std::nullopt;
  }
  for (std::size_t digits = fraction.size(); has_fraction && digits < 6; ++digits) {
    *micros *= 10;
  }
  return ((std::int64_t{*hours} * 60 + *minutes) * 60 + *seconds) * kSecond + *micros;
}

std::optional<std::int64_t> parse_dicom_offset(std::string_view text) {
  text = without_padding(text);
  if (text.size() != 5 || (text[0] != '+' && text[0] != '-')) {
    return std::nullopt;
  }
  const std::optional<int> hours = number(text.substr(1, 2));
  const std::optional<int> minutes = number(text.substr(3));
  if (!hours || !minutes || *hours > 14 || *minutes > 59) {
    return std::nullopt;
  }
  const std::int64_t offset = (std::int64_t{*hours} * 60 + *minutes) * 60 * kSecond;
  return text[0] == '-' ? -offset : offset;
}

}  // namespace lakeflow
