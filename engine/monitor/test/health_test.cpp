// When a continuous ingest counts as healthy.

#include "engine/monitor/health.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lakeflow {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr TimestampMicros kSecond = 1'000'000;

class HealthTest : public testing::Test {
 protected:
  HealthTest() {
    snapshot_.continuous = true;
    snapshot_.interval_seconds = 30;
    snapshot_.taken_at = 1000 * kSecond;
    TableSnapshot& table = snapshot_.tables.emplace_back();
    table.source_table = "Patient";
    table.last_success_at = 950 * kSecond;
  }
  ProcessSnapshot snapshot_;
};

TEST_F(HealthTest, RecentSuccessesAreHealthy) { EXPECT_THAT(judge(snapshot_).problems, IsEmpty()); }

TEST_F(HealthTest, NoSuccessForThreeIntervalsIsNot) {
  snapshot_.tables[0].last_success_at = 909 * kSecond;
  EXPECT_THAT(judge(snapshot_).problems, ElementsAre("table Patient was not read to its end for 91 s"));
}

TEST_F(HealthTest, AProcessThatHasJustBegunHasTime) {
  snapshot_.tables[0].last_success_at.reset();
  snapshot_.started_at = 950 * kSecond;
  EXPECT_TRUE(judge(snapshot_).healthy());
  snapshot_.started_at = 100 * kSecond;
  EXPECT_FALSE(judge(snapshot_).healthy());
  snapshot_.tables[0].reading = true;  // the first load of a large source
  EXPECT_TRUE(judge(snapshot_).healthy());
}

TEST_F(HealthTest, AFailingTableAndALostDestinationAreNamed) {
  snapshot_.tables[0].failures = 2;
  snapshot_.tables[0].last_error = "the server refused";
  snapshot_.destination_error = "the disk is full";
  EXPECT_THAT(judge(snapshot_).problems,
              ElementsAre("the destination can't be used: the disk is full", "table Patient failed 2 times in a row: the server refused"));
}

TEST(DurationText, HasTheUnitThatPeopleWouldChoose) {
  EXPECT_EQ(duration_text(3.2), "3 s");
  EXPECT_EQ(duration_text(600), "10 min");
  EXPECT_EQ(duration_text(3 * 3600), "3.0 h");
  EXPECT_EQ(duration_text(7 * 24 * 3600), "7.0 d");
}

}  // namespace
}  // namespace lakeflow
