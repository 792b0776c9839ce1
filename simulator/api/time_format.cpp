#include "simulator/api/time_format.h"

#include <charconv>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/options.h"
#include "simulator/http/server_clock.h"

namespace lakeflow {
namespace {

constexpr TimestampMicros kMillisecond = 1000;
constexpr TimestampMicros kSecond = 1000 * kMillisecond;

std::optional<TimestampMicros> parse_date(std::string_view text) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') {
    return std::nullopt;
  }
  return parse_utc(std::string(text) + "T00:00:00Z");
}

}  // namespace

std::optional<TimeFormat> time_format_of(std::string_view name) {
  if (name == "iso") return TimeFormat::kIso;
  if (name == "iso-seconds") return TimeFormat::kIsoSeconds;
  if (name == "date") return TimeFormat::kDate;
  if (name == "epoch-seconds") return TimeFormat::kEpochSeconds;
  if (name == "epoch-milliseconds") return TimeFormat::kEpochMilliseconds;
  return std::nullopt;
}

std::optional<TimestampMicros> parse_time(TimeFormat format, std::string_view text) {
  const auto scaled = [&](TimestampMicros unit) {
    const auto number = parse_integer(text);
    return number ? std::optional(*number * unit) : std::nullopt;
  };
  switch (format) {
    case TimeFormat::kIso:
    case TimeFormat::kIsoSeconds: {
      const auto time = parse_utc(text);
      return time ? time : parse_date(text);
    }
    case TimeFormat::kDate: return parse_date(text);
    case TimeFormat::kEpochSeconds: return scaled(kSecond);
    case TimeFormat::kEpochMilliseconds: return scaled(kMillisecond);
  }
  return std::nullopt;
}

std::optional<TimestampMicros> time_in(TimeFormat format, const nlohmann::ordered_json& value) {
  if (value.is_string()) {
    return parse_time(format, value.get_ref<const std::string&>());
  }
  return value.is_number_integer() ? parse_time(format, value.dump()) : std::nullopt;
}

nlohmann::ordered_json write_time(TimeFormat format, TimestampMicros time) {
  switch (format) {
    case TimeFormat::kIso: return format_instant(time);
    case TimeFormat::kIsoSeconds: return format_utc(time - (time % kSecond + kSecond) % kSecond);
    case TimeFormat::kDate: return format_utc(time).substr(0, 10);
    case TimeFormat::kEpochSeconds: return time / kSecond;
    case TimeFormat::kEpochMilliseconds: return time / kMillisecond;
  }
  return nullptr;
}

}  // namespace lakeflow
