#include "engine/continuous/pause.h"

#include <utility>

namespace lakeflow {

void SteadyPause::wait_until(Clock::time_point time, std::stop_token stop) {
  std::unique_lock lock(mutex_);
  changed_.wait_until(lock, std::move(stop), time, [this] { return woken_; });
  woken_ = false;
}

void SteadyPause::wake() {
  const std::lock_guard lock(mutex_);
  woken_ = true;
  changed_.notify_all();
}

}  // namespace lakeflow
