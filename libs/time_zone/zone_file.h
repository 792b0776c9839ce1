#pragma once

#include <string_view>

#include "base/error.h"
#include "libs/time_zone/time_zone.h"

namespace lakeflow {

// Reads a compiled zone (TZif, RFC 8536, versions 2 to 4), the rule for the time after its last transition included.
class ZoneFile {
 public:
  // `bytes` is the file's content, `name` the zone's, for errors.
  static Result<TimeZone> parse(std::string_view bytes, std::string_view name);
};

}  // namespace lakeflow
