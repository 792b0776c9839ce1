#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace lakeflow {

// One change of the clock a year: the n-th (5: the last) such day of the week of a month, at a time of day.
struct YearlyChange {
  int month = 1;
  int week = 1;
  int weekday = 0;  // 0 is Sunday
  std::int32_t seconds = 7200;

  // Seconds since 1970-01-01T00:00 of the clock that is changed.
  std::int64_t local_seconds(int year) const;
};

// The rule at the end of a zone file: "CET-1CEST,M3.5.0,M10.5.0/3" (RFC 8536 §3.3).
struct PosixRule {
  std::int32_t standard_offset = 0;  // east of Greenwich
  std::int32_t summer_offset = 0;
  std::optional<YearlyChange> to_summer;  // nothing where the clock never changes
  YearlyChange to_standard;
};

// Nothing where the text is no such rule, or names days in another way (Jn, n: no zone of today does).
std::optional<PosixRule> parse_posix_rule(std::string_view text);

}  // namespace lakeflow
