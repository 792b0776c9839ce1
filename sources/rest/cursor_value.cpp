#include "sources/rest/cursor_value.h"

#include <fmt/format.h>

#include "base/clock.h"
#include "base/options.h"
#include "sources/rest/json_reader.h"

namespace lakeflow {
namespace {

using Form = RestCursor::Form;
using FilterForm = RestCursor::FilterForm;

constexpr CursorValue kMillisecond = 1000;
constexpr CursorValue kSecond = 1000 * kMillisecond;
constexpr CursorValue kDay = 86400 * kSecond;
constexpr CursorValue kBeyondTimes = 253'402'300'800 * kSecond;  // the year 10000

FilterForm form_of_filter(const RestCursor& cursor) {
  if (cursor.filter_form != FilterForm::kLikeCursor) {
    return cursor.filter_form;
  }
  switch (cursor.form) {
    case Form::kTime: return FilterForm::kSeconds;
    case Form::kEpochSeconds: return FilterForm::kEpochSeconds;
    case Form::kEpochMilliseconds: return FilterForm::kEpochMilliseconds;
    case Form::kNumber: return FilterForm::kLikeCursor;
  }
  return FilterForm::kLikeCursor;
}

CursorValue floor_to(CursorValue value, CursorValue unit) { return value - (((value % unit) + unit) % unit); }

std::optional<CursorValue> parse_time(const std::string& text) {
  for (const char* const rest : {"", "Z", "T00:00:00Z"}) {
    if (const auto time = parse_utc(text + rest)) {
      return time;
    }
  }
  // "2024-05-01 12:30:00"
  constexpr std::size_t kDate = 10;
  if (text.size() > kDate && text[kDate] == ' ') {
    std::string with_t = text;
    with_t[kDate] = 'T';
    return parse_time(with_t);
  }
  return std::nullopt;
}

// "1714566600.25" in units of so many microseconds; digits below them are cut. What lies beyond the year 9999 is no time: milliseconds that are taken
// for seconds do.
std::optional<CursorValue> parse_epoch(const std::string& text, CursorValue unit) {
  const std::size_t point = text.find('.');
  const auto whole = parse_integer(text.substr(0, point));
  CursorValue value = 0;
  if (!whole || __builtin_mul_overflow(*whole, unit, &value)) {
    return std::nullopt;
  }
  if (point != std::string::npos) {
    CursorValue digit = unit / 10;
    for (const char c : std::string_view(text).substr(point + 1)) {
      if (c < '0' || c > '9') {
        return std::nullopt;
      }
      value += (text.starts_with('-') ? -1 : 1) * (c - '0') * digit;
      digit /= 10;
    }
  }
  return value < kBeyondTimes ? std::optional(value) : std::nullopt;
}

RestParameter number_or_text(const RestCursor& cursor, const std::string& value) {
  const FilterForm form = form_of_filter(cursor);
  const bool is_number = cursor.filter_prefix.empty() &&
                         (form == FilterForm::kEpochSeconds || form == FilterForm::kEpochMilliseconds || form == FilterForm::kLikeCursor);
  const std::optional<std::int64_t> number = is_number ? parse_integer(value) : std::nullopt;
  return number ? number_parameter(cursor.filter, *number) : text_parameter(cursor.filter, value);
}

}  // namespace

std::optional<CursorValue> parse_cursor(Form form, std::string_view json_value) {
  const std::string text = plain_text(json_value);
  switch (form) {
    case Form::kTime: return json_value.starts_with('"') ? parse_time(text) : std::nullopt;
    case Form::kEpochSeconds: return parse_epoch(text, kSecond);
    case Form::kEpochMilliseconds: return parse_epoch(text, kMillisecond);
    case Form::kNumber: return parse_integer(text);
  }
  return std::nullopt;
}

CursorValue filter_unit(const RestCursor& cursor) {
  switch (form_of_filter(cursor)) {
    case FilterForm::kSeconds:
    case FilterForm::kEpochSeconds: return kSecond;
    case FilterForm::kMilliseconds:
    case FilterForm::kEpochMilliseconds: return kMillisecond;
    case FilterForm::kDay: return kDay;
    case FilterForm::kMicroseconds:
    case FilterForm::kLikeCursor: return 1;
  }
  return 1;
}

std::string filter_value(const RestCursor& cursor, CursorValue value) {
  const CursorValue floored = floor_to(value, filter_unit(cursor));
  std::string text;
  switch (form_of_filter(cursor)) {
    case FilterForm::kSeconds:
    case FilterForm::kMicroseconds: text = format_utc(floored); break;
    case FilterForm::kMilliseconds: {
      text = format_utc(floored);
      if (text.find('.') == std::string::npos) {
        text.insert(text.size() - 1, ".000");
      }
      break;
    }
    case FilterForm::kDay: text = format_utc(floored).substr(0, 10); break;
    case FilterForm::kEpochSeconds: text = fmt::format("{}", floored / kSecond); break;
    case FilterForm::kEpochMilliseconds: text = fmt::format("{}", floored / kMillisecond); break;
    case FilterForm::kLikeCursor: text = fmt::format("{}", floored); break;
  }
  return cursor.filter_prefix + text;
}

RestParameter filter_parameter(const RestCursor& cursor, CursorValue value) { return number_or_text(cursor, filter_value(cursor, value)); }
RestParameter first_parameter(const RestCursor& cursor) { return number_or_text(cursor, cursor.first); }

std::string cursor_text(Form form, CursorValue value) { return form == Form::kNumber ? fmt::format("{}", value) : format_utc(value); }

std::optional<CursorValue> parse_cursor_text(Form form, std::string_view text) {
  return form == Form::kNumber ? parse_integer(text) : parse_utc(text);
}

}  // namespace lakeflow
