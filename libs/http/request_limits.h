#pragma once

#include <atomic>
#include <chrono>
#include <mutex>
#include <stop_token>

#include "base/error.h"

namespace lakeflow {

struct RequestLimitOptions {
  double requests_per_second = 0;       // 0: as many as there are
  double retry_seconds_per_hour = 900;  // what failed attempts and the waits after them may take together, of all requests
};

// What the clients of one connection share, so that several readers do not ask more of a server than one may. Thread-safe.
class RequestLimits {
 public:
  using Clock = std::chrono::steady_clock;

  explicit RequestLimits(RequestLimitOptions options) : options_(options), retry_counted_at_(Clock::now()) {}

  // Waits for the next request's turn: evenly spaced, without bursts. A stop ends the wait: Error::interrupted.
  Status wait_for_turn(const std::stop_token& stop);

  // The server asked to be left alone for so many seconds (429, 503): no client asks it before.
  void hold_off(double seconds);

  // Counts the seconds that a failed attempt took and that the wait after it will take. False, and not counted, where that is more than is left of
  // the hour's budget; it comes back evenly, by a budget an hour.
  bool spend_on_retry(double seconds);

  // The server answered a client, whatever it was: so its address is right, and a new client that can't connect waits like the others.
  void note_answer() { was_answered_ = true; }
  bool was_answered() const { return was_answered_; }

 private:
  const RequestLimitOptions options_;
  std::mutex mutex_;
  Clock::time_point next_turn_{};
  double retry_spent_ = 0;
  Clock::time_point retry_counted_at_;
  std::atomic<bool> was_answered_ = false;
};

}  // namespace lakeflow
