#include "libs/http/retry.h"

#include <gtest/gtest.h>

namespace lakeflow {
namespace {

TEST(RetryAfter, TakesSecondsAndDates) {
  const TimestampMicros now = *parse_utc("1994-11-06T08:49:00Z");
  EXPECT_EQ(retry_after_seconds("120", now), 120.0);
  EXPECT_EQ(retry_after_seconds("0", now), 0.0);
  EXPECT_EQ(retry_after_seconds("-5", now), 0.0);
  EXPECT_EQ(retry_after_seconds("Sun, 06 Nov 1994 08:49:37 GMT", now), 37.0);
  EXPECT_EQ(retry_after_seconds("Sun, 06 Nov 1994 08:00:00 GMT", now), 0.0) << "a time that is over";
  EXPECT_EQ(retry_after_seconds("soon", now), std::nullopt);
  EXPECT_EQ(retry_after_seconds("12 seconds", now), std::nullopt);
  EXPECT_EQ(retry_after_seconds("", now), std::nullopt);
}

TEST(RetryableStatus, IsOneThatMayPass) {
  for (const int status : {408, 429, 500, 502, 503, 504}) {
    EXPECT_TRUE(is_retryable_status(status)) << status;
  }
  for (const int status : {200, 301, 400, 401, 403, 404, 410, 501, 505}) {
    EXPECT_FALSE(is_retryable_status(status)) << status;
  }
}

TEST(RetrySchedule, DoublesItsWaitsUpToTheLongest) {
  RetrySchedule schedule({.budget = 1000, .first_wait = 1, .longest_wait = 4, .longest_retry_after = 50}, 1);
  for (const double full : {1.0, 2.0, 4.0, 4.0, 4.0}) {
    const double wait = schedule.next_wait(0, std::nullopt).value_or(-1);
    EXPECT_GE(wait, full / 2);
    EXPECT_LE(wait, full);
  }
}

TEST(RetrySchedule, KeepsToWhatTheServerAsksForUpToTheCap) {
  RetrySchedule schedule({.budget = 1000, .first_wait = 1, .longest_wait = 4, .longest_retry_after = 50}, 1);
  const double asked = schedule.next_wait(0, 20.0).value_or(-1);
  EXPECT_GE(asked, 20);
  EXPECT_LE(asked, 22);
  const double capped = schedule.next_wait(0, 86400.0).value_or(-1);
  EXPECT_GE(capped, 50);
  EXPECT_LE(capped, 55);
}

TEST(RetrySchedule, EndsWithTheBudget) {
  RetrySchedule schedule({.budget = 10, .first_wait = 1, .longest_wait = 4, .longest_retry_after = 50}, 1);
  EXPECT_TRUE(schedule.next_wait(8, std::nullopt));
  EXPECT_FALSE(schedule.next_wait(10, std::nullopt));
  EXPECT_FALSE(schedule.next_wait(0, 20.0)) << "no sleep that is longer than what is left";
}

}  // namespace
}  // namespace lakeflow
