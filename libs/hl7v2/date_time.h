#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace lakeflow::hl7v2 {

// How much of a time was sent.
enum class Precision : std::uint8_t { kYear, kMonth, kDay, kHour, kMinute, kSecond, kFraction };

// A DT, DTM or the first component of a TS, as written: YYYY[MM[DD[HH[MM[SS[.S…]]]]]][+/-ZZZZ] (HL7 v2.8.2 §2A.2.21–22).
// Nothing is moved to another zone here, and nothing is made up: what was not sent is in no result.
struct DateTime {
  Precision precision = Precision::kYear;
  std::int32_t days = 0;                     // since 1970-01-01, of the first day of what was sent
  std::int64_t micros_of_day = 0;            // 0 where no hour was sent
  std::uint8_t fraction_digits = 0;          // as sent; digits after the sixth are not in micros_of_day
  std::optional<std::int16_t> zone_minutes;  // east of Greenwich

  // The time as written, as microseconds since 1970-01-01T00:00 of its own clock.
  std::int64_t local_micros() const { return days * std::int64_t{86'400'000'000} + micros_of_day; }
  bool has_day() const { return precision >= Precision::kDay; }
  bool has_hour() const { return precision >= Precision::kHour; }
};

// Nothing where the text is no such time, or one that the calendar or the clock does not have.
std::optional<DateTime> parse_date_time(std::string_view text);

// What most times are: a day, or a second of it, without fraction or offset.
struct UsualTime {
  std::int32_t days = 0;           // as DateTime has it
  std::int64_t micros_of_day = 0;  // likewise
  bool has_hour = false;
};
// False where the text is of another form, or no time of it; `time` is worth nothing then.
bool parse_usual_time(std::string_view text, UsualTime& time);

// A TM, HH[MM[SS[.S…]]][+/-ZZZZ], as microseconds since midnight of its own clock (HL7 v2.8.2 §2A.2.75). Nothing where the text is none.
std::optional<std::int64_t> parse_time_of_day(std::string_view text);

}  // namespace lakeflow::hl7v2
