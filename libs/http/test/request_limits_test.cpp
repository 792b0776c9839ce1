#include "libs/http/request_limits.h"

#include <atomic>
#include <chrono>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace lakeflow {
namespace {

using std::chrono::steady_clock;

double seconds_since(steady_clock::time_point start) { return std::chrono::duration<double>(steady_clock::now() - start).count(); }

TEST(RequestLimits, SpaceRequestsEvenlyOverAllThreads) {
  RequestLimits limits({.requests_per_second = 20, .concurrent_requests = 0});
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

TEST(RequestLimits, LetSoManyBeUnderWay) {
  RequestLimits limits({.requests_per_second = 0, .concurrent_requests = 2});
  std::atomic<int> under_way = 0;
  std::atomic<int> most = 0;
  std::vector<std::jthread> threads;
  for (int i = 0; i < 6; ++i) {
    threads.emplace_back([&] {
      for (int request = 0; request < 20; ++request) {
        const auto permit = limits.wait_for_turn({});
        EXPECT_TRUE(permit);
        const int now = ++under_way;
        int seen = most.load();
        while (now > seen && !most.compare_exchange_weak(seen, now)) {
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
        --under_way;
      }
    });
  }
  threads.clear();
  EXPECT_EQ(most, 2);
}

TEST(RequestLimits, AStopEndsEitherWait) {
  RequestLimits limits({.requests_per_second = 0.001, .concurrent_requests = 1});
  std::stop_source stop;
  const auto ends_interrupted = [&] {
    const std::jthread stopping([&] {
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
      stop.request_stop();
    });
    const auto start = steady_clock::now();
    const auto refused = limits.wait_for_turn(stop.get_token());
    return !refused && refused.error().kind() == ErrorKind::kInterrupted && seconds_since(start) < 60;
  };
  {
    const auto first = limits.wait_for_turn({});
    EXPECT_TRUE(ends_interrupted()) << "the other is under way";
  }
  stop = std::stop_source();
  EXPECT_TRUE(ends_interrupted()) << "the next turn is in a thousand seconds";
  // What was given up is given back.
  RequestLimits held({.requests_per_second = 0, .concurrent_requests = 1});
  {
    const auto permit = held.wait_for_turn({});
  }
  EXPECT_TRUE(held.wait_for_turn({}));
}

TEST(RequestLimits, EveryoneWaitsWhereTheServerAsksForIt) {
  RequestLimits limits({});
  limits.hold_off(0.3);
  const auto start = steady_clock::now();
  EXPECT_TRUE(limits.wait_for_turn({}));
  EXPECT_GE(seconds_since(start), 0.25);
}

TEST(RequestLimits, KeepABudgetForTryingAgain) {
  RequestLimits limits({.requests_per_second = 0, .concurrent_requests = 0, .retry_seconds_per_hour = 10});
  EXPECT_TRUE(limits.spend_on_retry(4));
  EXPECT_TRUE(limits.spend_on_retry(5));
  EXPECT_FALSE(limits.spend_on_retry(2));
  EXPECT_TRUE(limits.spend_on_retry(0.9)) << "what was refused was not spent";
}

}  // namespace
}  // namespace lakeflow
