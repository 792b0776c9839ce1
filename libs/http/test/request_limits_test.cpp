#include "libs/http/request_limits.h"

#include <chrono>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace lakeflow {
namespace {

using std::chrono::steady_clock;

double seconds_since(steady_clock::time_point start) { return std::chrono::duration<double>(steady_clock::now() - start).count(); }

TEST(RequestLimits, SpaceRequestsEvenlyOverAllThreads) {
  RequestLimits limits({.requests_per_second = 20});
  const auto start = steady_clock::now();
  std::vector<std::jthread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int request = 0; request < 3; ++request) {
        EXPECT_TRUE(limits.wait_for_turn({}));
      }
    });
  }
  threads.clear();
  EXPECT_GE(seconds_since(start), 11 / 20.0);
}

TEST(RequestLimits, AStopEndsTheWait) {
  RequestLimits limits({.requests_per_second = 0.001});
  EXPECT_TRUE(limits.wait_for_turn({}));
  std::stop_source stop;
  const std::jthread stopping([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    stop.request_stop();
  });
  const auto start = steady_clock::now();
  const Status refused = limits.wait_for_turn(stop.get_token());  // the next turn is in a thousand seconds
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind(), ErrorKind::kInterrupted);
  EXPECT_LT(seconds_since(start), 60);
}

TEST(RequestLimits, EveryoneWaitsWhereTheServerAsksForIt) {
  RequestLimits limits({});
  limits.hold_off(0.3);
  const auto start = steady_clock::now();
  EXPECT_TRUE(limits.wait_for_turn({}));
  EXPECT_GE(seconds_since(start), 0.25);
}

TEST(RequestLimits, KeepABudgetForTryingAgain) {
  RequestLimits limits({.retry_seconds_per_hour = 10});
  EXPECT_TRUE(limits.spend_on_retry(4));
  EXPECT_TRUE(limits.spend_on_retry(5));
  EXPECT_FALSE(limits.spend_on_retry(2));
  EXPECT_TRUE(limits.spend_on_retry(0.9)) << "what was refused was not spent";
}

}  // namespace
}  // namespace lakeflow
