#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace lakeflow {

// The rules of one place's clocks. A value: cheap to copy, used by any number of threads.
class TimeZone {
 public:
  // "UTC", a fixed offset ("+01:00", "-0530"), or a name of the IANA database ("Europe/Berlin"), whose rules come from the
  // system's zoneinfo folder. A user error that says what was not found.
  static Result<TimeZone> find(std::string_view name);

  // Seconds east of Greenwich that hold at a time of the place's own clock (seconds since 1970-01-01T00:00 as that clock shows
  // it). Where the clock shows a time twice, the first; where it skips one, the offset before it skips.
  std::int32_t offset_at_local(std::int64_t local_seconds) const;

  // The instant that a time of the place's own clock means, both in microseconds.
  std::int64_t to_utc_micros(std::int64_t local_micros) const;

 private:
  // From `utc_seconds` on the offset holds.
  struct Transition {
    std::int64_t utc_seconds;
    std::int32_t offset;
  };

  std::int32_t first_offset_ = 0;  // before the first transition
  std::shared_ptr<const std::vector<Transition>> transitions_;

  friend class ZoneFile;
};

}  // namespace lakeflow
