#include "tools/lakeflow/stop_signals.h"

#include <chrono>
#include <csignal>
#include <thread>

#include <gtest/gtest.h>
#include <unistd.h>

namespace lakeflow {
namespace {

using namespace std::chrono_literals;

void wait_for(const std::stop_token& stop) {
  for (int i = 0; i < 2000 && !stop.stop_requested(); ++i) {
    std::this_thread::sleep_for(5ms);
  }
}

TEST(StopSignals, TheFirstSignalAsksForAStopOnceHoweverOftenItEchoes) {
  int asked = 0;
  {
    const StopSignals signals([&] { ++asked; });
    EXPECT_FALSE(signals.stop_requested());
    ::kill(::getpid(), SIGINT);
    wait_for(signals.token());
    ::kill(::getpid(), SIGTERM);
    EXPECT_TRUE(signals.stop_requested());
  }
  EXPECT_EQ(asked, 1);
}

TEST(StopSignalsDeathTest, ASecondSignalEndsTheProcessAtOnce) {
  const auto stop_twice = [] {
    const StopSignals signals([] {});
    ::kill(::getpid(), SIGTERM);
    wait_for(signals.token());
    std::this_thread::sleep_for(400ms);
    ::kill(::getpid(), SIGINT);
    std::this_thread::sleep_for(60s);
  };
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(stop_twice(), testing::ExitedWithCode(130), "");
}

TEST(StopSignalsDeathTest, AfterItsEndTheSignalsDoWhatTheyAlwaysDid) {
  const auto stop_after = [] {
    {
      const StopSignals signals([] {});
    }
    ::kill(::getpid(), SIGTERM);
  };
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(stop_after(), testing::KilledBySignal(SIGTERM), "");
}

}  // namespace
}  // namespace lakeflow
