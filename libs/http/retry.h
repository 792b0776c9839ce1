#pragma once

#include <optional>
#include <random>
#include <string_view>

#include "base/clock.h"

namespace lakeflow {

// When and how long a request is tried again. Times are in seconds.
struct RetryPolicy {
  double budget = 120;               // from the first attempt to the beginning of the last one
  double first_wait = 0.5;           // doubled with each attempt
  double longest_wait = 30;          // of our own waits
  double longest_retry_after = 300;  // of the waits that a server asks for
};

// 408, 429, 500, 502, 503, 504: the server may answer otherwise soon.
bool is_retryable_status(int status);

// The seconds that a Retry-After header asks for (RFC 9110 §10.2.3): a number of seconds, or an HTTP date, of which the server's own
// Date is taken away so that a wrong clock on either side does no harm. Never negative; nothing where the text is neither.
std::optional<double> retry_after_seconds(std::string_view retry_after, TimestampMicros server_now);

// The waits between the attempts of one request.
class RetrySchedule {
 public:
  RetrySchedule(const RetryPolicy& policy, unsigned seed) : policy_(policy), wait_(policy.first_wait), random_(seed) {}

  // How long to wait before the next attempt, when `elapsed` seconds have passed since the first; nothing where the budget is spent.
  // A wait that the server asked for is kept to, up to the cap, plus a jitter of up to a tenth; one of ours lies between half of
  // its length and the whole.
  std::optional<double> next_wait(double elapsed, std::optional<double> retry_after);

 private:
  RetryPolicy policy_;
  double wait_;
  std::minstd_rand random_;
};

}  // namespace lakeflow
