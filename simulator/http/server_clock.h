#pragma once

#include <mutex>
#include <string>

#include "base/clock.h"

namespace lakeflow {

// The one clock of a simulated server: whole milliseconds, and each stamp() is later than all before, also where the
// system's clock stands still or goes back. Thread-safe.
class ServerClock {
 public:
  // For the Date of an answer: never before a stamp that was given out.
  TimestampMicros now() const;
  // For a write.
  TimestampMicros stamp();
  // How far it is ahead of the system's clock (behind, where negative).
  void set_skew(TimestampMicros skew);

 private:
  mutable std::mutex mutex_;
  TimestampMicros skew_ = 0;
  TimestampMicros last_ = 0;
};

// "2024-05-01T12:30:00.120Z": always with three digits.
std::string format_instant(TimestampMicros time);

}  // namespace lakeflow
