#include "engine/continuous/pause.h"

#include <condition_variable>
#include <mutex>
#include <utility>

namespace lakeflow {

void SteadyPause::wait_until(Clock::time_point time, std::stop_token stop) {
  std::mutex mutex;
  std::condition_variable_any changed;
  std::unique_lock lock(mutex);
  changed.wait_until(lock, std::move(stop), time, [] { return false; });
}

}  // namespace lakeflow
