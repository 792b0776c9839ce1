#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "libs/hl7v2/date_time.h"
#include "libs/time_zone/time_zone.h"

namespace lakeflow::hl7v2 {

// The instant that a time means, in microseconds since 1970-01-01T00:00Z: by its own offset, else in that zone. Nothing where it has neither,
// or names no hour.
inline std::optional<std::int64_t> instant_of(const DateTime& time, const TimeZone* default_time_zone) {
  if (!time.has_hour() || (!time.zone_minutes && default_time_zone == nullptr)) {
    return std::nullopt;
  }
  return time.zone_minutes ? time.local_micros() - *time.zone_minutes * std::int64_t{60'000'000}
                           : default_time_zone->to_utc_micros(time.local_micros());
}

// What TS had behind its time in component 2, up to version 2.5.1 (table 0529): the digits of the time show it by themselves.
inline bool is_precision(std::string_view raw) { return raw.size() == 1 && std::string_view("YLDHMS").contains(raw[0]); }

}  // namespace lakeflow::hl7v2
