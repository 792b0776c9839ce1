#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace lakeflow {

// Microseconds since 1970-01-01T00:00:00Z.
using TimestampMicros = std::int64_t;

TimestampMicros now_micros();

// "2024-05-01T12:30:00.123456Z"; fractions only where they are not zero, three or six digits.
std::string format_utc(TimestampMicros time);

// ISO 8601 with a zone (Z, +hh:mm): "2024-05-01T12:30:00.5+02:00". Nothing where it is no full time with a
// zone, is out of the calendar, or has more digits of a fraction than microseconds hold (they are cut, not rounded).
std::optional<TimestampMicros> parse_utc(std::string_view text);

// Days since 1970-01-01 in the proleptic Gregorian calendar; nothing for a day that does not exist.
std::optional<std::int32_t> days_from_civil(int year, int month, int day);

// An IMF-fixdate or the obsolete forms of RFC 9110 §5.6.7: "Sun, 06 Nov 1994 08:49:37 GMT".
std::optional<TimestampMicros> parse_http_date(std::string_view text);
std::string format_http_date(TimestampMicros time);

}  // namespace lakeflow
