#include "libs/time_zone/time_zone.h"

#include <gtest/gtest.h>

#include "base/clock.h"
#include "libs/time_zone/posix_rule.h"

namespace lakeflow {
namespace {

// The instant of a time of that place's clock.
std::string utc(std::string_view zone, std::string_view local) {
  const auto found = TimeZone::find(zone);
  return found ? format_utc(found->to_utc_micros(*parse_utc(std::string(local) + "Z"))) : found.error().message();
}

TEST(TimeZone, KnowsFixedOffsets) {
  EXPECT_EQ(utc("UTC", "2024-07-01T12:00:00"), "2024-07-01T12:00:00Z");
  EXPECT_EQ(utc("+05:30", "2024-07-01T12:00:00"), "2024-07-01T06:30:00Z");
  EXPECT_EQ(utc("-0500", "2024-07-01T22:00:00.5"), "2024-07-02T03:00:00.500Z");
}

TEST(TimeZone, FollowsTheClockOfAPlace) {
  EXPECT_EQ(utc("Europe/Berlin", "2024-01-15T12:00:00"), "2024-01-15T11:00:00Z");
  EXPECT_EQ(utc("Europe/Berlin", "2024-07-15T12:00:00"), "2024-07-15T10:00:00Z");
  EXPECT_EQ(utc("America/New_York", "2024-03-10T01:59:59"), "2024-03-10T06:59:59Z");
  EXPECT_EQ(utc("America/New_York", "2024-03-10T03:00:00"), "2024-03-10T07:00:00Z");
  EXPECT_EQ(utc("Australia/Sydney", "2024-01-15T12:00:00"), "2024-01-15T01:00:00Z");
  EXPECT_EQ(utc("Asia/Kolkata", "1969-12-31T23:59:59.5"), "1969-12-31T18:29:59.500Z");
}

TEST(TimeZone, TakesTheFirstOfATimeThatComesTwiceAndTheOldOffsetOfOneThatIsSkipped) {
  EXPECT_EQ(utc("Europe/Berlin", "2024-10-27T02:30:00"), "2024-10-27T00:30:00Z");
  EXPECT_EQ(utc("Europe/Berlin", "2024-10-27T03:00:00"), "2024-10-27T02:00:00Z");
  EXPECT_EQ(utc("Europe/Berlin", "2024-03-31T02:30:00"), "2024-03-31T01:30:00Z");
}

TEST(TimeZone, KnowsTheRuleOfYearsToCome) {
  EXPECT_EQ(utc("Europe/Berlin", "2090-07-15T12:00:00"), "2090-07-15T10:00:00Z");
  EXPECT_EQ(utc("Europe/Berlin", "2090-01-15T12:00:00"), "2090-01-15T11:00:00Z");
}

TEST(TimeZone, RefusesWhatIsNone) {
  for (const char* name : {"", "Mars/Olympus", "../../../etc/passwd", "/etc/passwd", "Europe", "+25:00", "+1", "tzdata.zi"}) {
    EXPECT_EQ(utc(name, "2024-01-01T00:00:00"), "unknown time zone " + std::string(name));
  }
}

TEST(PosixRule, IsReadAsTheZoneFilesWriteIt) {
  const auto berlin = parse_posix_rule("CET-1CEST,M3.5.0,M10.5.0/3");
  ASSERT_TRUE(berlin && berlin->to_summer);
  EXPECT_EQ(berlin->standard_offset, 3600);
  EXPECT_EQ(berlin->summer_offset, 7200);
  EXPECT_EQ(format_utc(berlin->to_summer->local_seconds(2024) * 1'000'000), "2024-03-31T02:00:00Z");
  EXPECT_EQ(format_utc(berlin->to_standard.local_seconds(2024) * 1'000'000), "2024-10-27T03:00:00Z");

  const auto tehran = parse_posix_rule("<+0330>-3:30");
  ASSERT_TRUE(tehran);
  EXPECT_EQ(tehran->standard_offset, 12'600);
  EXPECT_FALSE(tehran->to_summer);

  const auto new_york = parse_posix_rule("EST5EDT,M3.2.0,M11.1.0");
  ASSERT_TRUE(new_york && new_york->to_summer);
  EXPECT_EQ(new_york->summer_offset, -14'400);
  EXPECT_EQ(format_utc(new_york->to_summer->local_seconds(2024) * 1'000'000), "2024-03-10T02:00:00Z");
  for (const char* text : {"", "C", "CET", "CET-1CEST", "CET-1CEST,M3.5.0", "CET-1CEST,M13.5.0,M10.5.0", "CET-1CEST,J60,J300", "CET-1 "}) {
    EXPECT_FALSE(parse_posix_rule(text)) << text;
  }
}

}  // namespace
}  // namespace lakeflow
