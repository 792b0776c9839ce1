#include "libs/http/retry.h"

#include <algorithm>
#include <charconv>

namespace lakeflow {

bool is_retryable_status(int status) { return status == 408 || status == 429 || status == 500 || status == 502 || status == 503 || status == 504; }

std::optional<double> retry_after_seconds(std::string_view retry_after, TimestampMicros server_now) {
  std::int64_t seconds = 0;
  const char* const end = retry_after.data() + retry_after.size();
  const auto [stopped, problem] = std::from_chars(retry_after.data(), end, seconds);
  if (!retry_after.empty() && stopped == end && problem == std::errc()) {
    return static_cast<double>(std::max<std::int64_t>(seconds, 0));
  }
  const std::optional<TimestampMicros> date = parse_http_date(retry_after);
  if (!date) {
    return std::nullopt;
  }
  return std::max(0.0, static_cast<double>(*date - server_now) / 1e6);
}

std::optional<double> RetrySchedule::next_wait(double elapsed, std::optional<double> retry_after) {
  std::uniform_real_distribution<double> jitter(0.0, 1.0);
  double wait = 0;
  if (retry_after) {
    wait = std::min(*retry_after, policy_.longest_retry_after) * (1 + 0.1 * jitter(random_));
  } else {
    wait = wait_ * (0.5 + 0.5 * jitter(random_));
  }
  wait_ = std::min(wait_ * 2, policy_.longest_wait);
  if (elapsed + wait > policy_.budget) {
    return std::nullopt;
  }
  return wait;
}

}  // namespace lakeflow
