#include "simulator/http/stoppable_wait.h"

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <utility>

namespace lakeflow {

void wait_for(std::stop_token stop, TimestampMicros time) {
  std::mutex mutex;
  std::condition_variable_any waiter;
  std::unique_lock lock(mutex);
  waiter.wait_for(lock, std::move(stop), std::chrono::microseconds(time), [] { return false; });
}

}  // namespace lakeflow
