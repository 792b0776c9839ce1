#include "simulator/http/server_clock.h"

#include <algorithm>

#include <fmt/format.h>

namespace lakeflow {
namespace {

constexpr TimestampMicros kMillisecond = 1000;
constexpr TimestampMicros kSecond = 1000 * kMillisecond;

TimestampMicros floor_to(TimestampMicros time, TimestampMicros unit) { return time - ((time % unit) + unit) % unit; }

}  // namespace

TimestampMicros ServerClock::now() const {
  const std::scoped_lock lock(mutex_);
  return std::max(floor_to(now_micros() + skew_, kMillisecond), last_);
}

TimestampMicros ServerClock::stamp() {
  const std::scoped_lock lock(mutex_);
  last_ = std::max(floor_to(now_micros() + skew_, kMillisecond), last_ + kMillisecond);
  return last_;
}

void ServerClock::set_skew(TimestampMicros skew) {
  const std::scoped_lock lock(mutex_);
  skew_ = skew;
}

std::string format_instant(TimestampMicros time) {
  const TimestampMicros second = floor_to(time, kSecond);
  std::string text = format_utc(second);
  text.pop_back();
  return text + fmt::format(".{:03}Z", (time - second) / kMillisecond);
}

}  // namespace lakeflow
