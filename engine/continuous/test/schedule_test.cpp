// When a continuous ingest runs, and which tables.

#include "engine/continuous/schedule.h"

#include <gtest/gtest.h>

namespace lakeflow {
namespace {

using namespace std::chrono_literals;
using Names = std::vector<std::string>;

class ScheduleTest : public testing::Test {
 protected:
  // Goes to the next beat.
  Names beat(Schedule& schedule) {
    now_ = schedule.next_beat();
    return schedule.begin_beat(now_);
  }
  Schedule schedule(double jitter = 0, Schedule::Duration longest = 900s) const {
    return Schedule({"Patient", "Observation"}, {.interval = 30s, .jitter = jitter, .longest_back_off = longest}, now_, 7);
  }
  Schedule::Time now_ = Schedule::Time(1h);
};

TEST_F(ScheduleTest, TheFirstBeatIsAtOnceAndTheNextOneAnIntervalLater) {
  Schedule one = schedule();
  EXPECT_EQ(one.next_beat(), now_);
  EXPECT_EQ(one.begin_beat(now_), (Names{"Patient", "Observation"}));
  EXPECT_EQ(one.next_beat(), now_ + 30s);
}

TEST_F(ScheduleTest, JitterStaysWithinItsShare) {
  Schedule one = schedule(0.1);
  bool differs = false;
  for (int i = 0; i < 1000; ++i) {
    const Schedule::Time before = one.next_beat();
    beat(one);
    const auto gap = one.next_beat() - before;
    EXPECT_GE(gap, 27s);
    EXPECT_LE(gap, 33s);
    differs = differs || gap != 30s;
  }
  EXPECT_TRUE(differs);
}

TEST_F(ScheduleTest, AFailingTableIsTriedMoreAndMoreRarelyWhileTheOthersGoOn) {
  Schedule one = schedule();
  std::vector<std::int64_t> tried_at;
  const Schedule::Time start = now_;
  for (int i = 0; i < 120; ++i) {
    for (const std::string& table : beat(one)) {
      if (table == "Observation") {
        tried_at.push_back(std::chrono::duration_cast<std::chrono::seconds>(now_ - start).count());
        one.failed(table, now_);
      } else {
        one.succeeded(table);
      }
    }
    ASSERT_EQ(now_, start + i * 30s) << "the others keep their beat";
  }
  // 60, 120, 240, 480 and then 900 seconds apart.
  EXPECT_EQ(tried_at, (std::vector<std::int64_t>{0, 60, 180, 420, 900, 1800, 2700}));
}

TEST_F(ScheduleTest, ATableThatRecoveredIsBackOnTheBeat) {
  Schedule one = schedule();
  beat(one);
  one.failed("Observation", now_);
  one.failed("Observation", now_);
  EXPECT_EQ(one.failures("Observation"), 2U);
  EXPECT_EQ(one.next_try("Observation"), now_ + 120s);
  EXPECT_EQ(one.next_try("Patient"), now_ + 30s);
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(beat(one), Names{"Patient"});
  }
  EXPECT_EQ(beat(one), (Names{"Patient", "Observation"}));
  one.succeeded("Observation");
  EXPECT_EQ(one.failures("Observation"), 0U);
  EXPECT_EQ(beat(one), (Names{"Patient", "Observation"}));
}

TEST_F(ScheduleTest, AnIntervalLongerThanTheLongestBackOffIsKept) {
  Schedule one = schedule(0, 10s);
  beat(one);
  one.failed("Patient", now_);
  EXPECT_EQ(beat(one), (Names{"Patient", "Observation"}));
  EXPECT_EQ(one.next_beat(), now_ + 30s);
}

TEST_F(ScheduleTest, FailuresWithoutEndDoNotOverflow) {
  Schedule one = schedule();
  for (int i = 0; i < 10'000; ++i) {
    one.failed("Patient", now_);
  }
  EXPECT_EQ(one.next_try("Patient"), now_ + 900s);
}

}  // namespace
}  // namespace lakeflow
