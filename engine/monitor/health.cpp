#include "engine/monitor/health.h"

#include <algorithm>

#include <fmt/format.h>

namespace lakeflow {
namespace {

constexpr double kIntervals = 3;
constexpr double kLeastSeconds = 60;

double seconds_between(TimestampMicros from, TimestampMicros to) { return static_cast<double>(to - from) / 1e6; }

}  // namespace

Health judge(const ProcessSnapshot& snapshot) {
  Health health;
  const double allowed = std::max(kLeastSeconds, kIntervals * snapshot.interval_seconds);
  if (!snapshot.destination_error.empty()) {
    health.problems.push_back(fmt::format("the destination can't be used: {}", snapshot.destination_error));
  }
  for (const TableSnapshot& table : snapshot.tables) {
    const TimestampMicros since = table.last_success_at.value_or(snapshot.started_at);
    const double age = seconds_between(since, snapshot.taken_at);
    if (table.failures > 0) {
      health.problems.push_back(fmt::format("table {} failed {} time{} in a row: {}", table.source_table, table.failures,
                                            table.failures == 1 ? "" : "s", table.last_error));
    } else if (snapshot.continuous && age > allowed && !table.reading) {
      health.problems.push_back(fmt::format("table {} was not read to its end for {}", table.source_table, duration_text(age)));
    }
  }
  return health;
}

std::string duration_text(double seconds) {
  constexpr double kMinute = 60;
  constexpr double kHour = 60 * kMinute;
  constexpr double kDay = 24 * kHour;
  if (seconds < 2 * kMinute) {
    return fmt::format("{:.0f} s", seconds);
  }
  if (seconds < 2 * kHour) {
    return fmt::format("{:.0f} min", seconds / kMinute);
  }
  return seconds < 2 * kDay ? fmt::format("{:.1f} h", seconds / kHour) : fmt::format("{:.1f} d", seconds / kDay);
}

}  // namespace lakeflow
