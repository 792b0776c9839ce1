#include "libs/http/request_limits.h"

#include <algorithm>
#include <condition_variable>

namespace lakeflow {
namespace {

constexpr double kHour = 3600;

RequestLimits::Clock::duration duration_of(double seconds) {
  return std::chrono::duration_cast<RequestLimits::Clock::duration>(std::chrono::duration<double>(seconds));
}

}  // namespace

Status RequestLimits::wait_for_turn(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  const Clock::time_point turn = std::max(Clock::now(), next_turn_);
  if (options_.requests_per_second > 0) {
    next_turn_ = turn + duration_of(1 / options_.requests_per_second);
  }
  std::condition_variable_any turn_comes;
  turn_comes.wait_until(lock, stop, turn, [] { return false; });
  if (stop.stop_requested()) {
    return std::unexpected(Error::interrupted("stopped before the server was asked"));
  }
  return {};
}

void RequestLimits::hold_off(double seconds) {
  const std::lock_guard lock(mutex_);
  next_turn_ = std::max(next_turn_, Clock::now() + duration_of(seconds));
}

bool RequestLimits::spend_on_retry(double seconds) {
  const std::lock_guard lock(mutex_);
  const Clock::time_point now = Clock::now();
  const double passed = std::chrono::duration<double>(now - retry_counted_at_).count();
  retry_spent_ = std::max(0.0, retry_spent_ - passed / kHour * options_.retry_seconds_per_hour);
  retry_counted_at_ = now;
  if (retry_spent_ + seconds > options_.retry_seconds_per_hour) {
    return false;
  }
  retry_spent_ += seconds;
  return true;
}

}  // namespace lakeflow
