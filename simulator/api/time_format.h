#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <nlohmann/json_fwd.hpp>

#include "base/clock.h"

namespace lakeflow {

// How a source writes a time.
enum class TimeFormat {
  kIso,                // "2024-05-01T12:30:00.123Z", any zone
  kIsoSeconds,         // "2024-05-01T12:30:00Z"
  kDate,               // "2024-05-01": the beginning of that day, UTC
  kEpochSeconds,       // 1714566600, also as a text
  kEpochMilliseconds,  // 1714566600123
};

// By its name in a description: iso, iso-seconds, date, epoch-seconds, epoch-milliseconds.
std::optional<TimeFormat> time_format_of(std::string_view name);

// Nothing where the text is no time of the format. Where a time is wanted, a date is one too, as in most systems.
std::optional<TimestampMicros> parse_time(TimeFormat format, std::string_view text);
std::optional<TimestampMicros> time_in(TimeFormat format, const nlohmann::ordered_json& value);
nlohmann::ordered_json write_time(TimeFormat format, TimestampMicros time);

}  // namespace lakeflow
