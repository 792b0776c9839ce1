#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <stop_token>

namespace lakeflow {

// Time as a loop sees it that waits between its rounds; tests bring one whose time does not pass by itself.
class Pause {
 public:
  using Clock = std::chrono::steady_clock;
  virtual ~Pause() = default;
  virtual Clock::time_point now() = 0;
  // Comes back at the time, or at once when a stop is asked for or somebody wakes it.
  virtual void wait_until(Clock::time_point time, std::stop_token stop) = 0;
  // Ends the wait that is under way, or else the next one. From any thread.
  virtual void wake() = 0;
};

// The machine's steady clock: setting the wall clock moves no run.
class SteadyPause final : public Pause {
 public:
  Clock::time_point now() override { return Clock::now(); }
  void wait_until(Clock::time_point time, std::stop_token stop) override;
  void wake() override;

 private:
  std::mutex mutex_;
  std::condition_variable_any changed_;
  bool woken_ = false;
};

}  // namespace lakeflow
