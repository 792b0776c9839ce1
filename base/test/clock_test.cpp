#include "base/clock.h"

#include <chrono>

#include <gtest/gtest.h>

namespace lakeflow {
namespace {

std::string round_trip(std::string_view text) {
  const auto time = parse_utc(text);
  return time ? format_utc(*time) : "none";
}

TEST(Clock, ReadsFullTimesWithAZone) {
  EXPECT_EQ(round_trip("2024-05-01T12:30:00Z"), "2024-05-01T12:30:00Z");
  EXPECT_EQ(round_trip("2024-05-01T12:30:00.5+02:00"), "2024-05-01T10:30:00.500Z");
  EXPECT_EQ(round_trip("2024-12-31T23:30:00.123456789-05:00"), "2025-01-01T04:30:00.123456Z");
  EXPECT_EQ(round_trip("1969-12-31T23:59:59.25Z"), "1969-12-31T23:59:59.250Z");
  EXPECT_EQ(round_trip("2016-12-31T23:59:60Z"), "2017-01-01T00:00:00Z");
}

TEST(Clock, RefusesWhatIsNoInstant) {
  for (const char* text : {"", "2024", "2024-05", "2024-05-01", "2024-05-01T12:30:00", "2024-02-30T00:00:00Z", "2024-05-01T24:00:00Z",
                           "2024-05-01T12:30Z", "2024-05-01T12:30:00.Z", "2024-05-01T12:30:00Zx", "2024-05-01T12:30:00+15:00"}) {
    EXPECT_EQ(round_trip(text), "none") << text;
  }
}

TEST(Clock, ReadsBothFormsOfHttpDates) {
  EXPECT_EQ(format_utc(*parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT")), "1994-11-06T08:49:37Z");
  EXPECT_EQ(format_utc(*parse_http_date("Sunday, 06-Nov-94 08:49:37 GMT")), "1994-11-06T08:49:37Z");
  EXPECT_EQ(format_utc(*parse_http_date("Sun Nov  6 08:49:37 1994")), "1994-11-06T08:49:37Z");
  EXPECT_FALSE(parse_http_date("soon"));
  EXPECT_EQ(format_http_date(*parse_utc("1994-11-06T08:49:37Z")), "Sun, 06 Nov 1994 08:49:37 GMT");
}

TEST(Clock, CountsDaysAsTheCalendarDoes) {
  for (int year = -2; year <= 10'002; ++year) {
    for (int month = 0; month <= 13; ++month) {
      for (int day = 0; day <= 32; ++day) {
        const std::chrono::year_month_day date(std::chrono::year(year), std::chrono::month(static_cast<unsigned>(month)),
                                               std::chrono::day(static_cast<unsigned>(day)));
        const auto expected =
            date.ok() ? std::optional(static_cast<std::int32_t>(std::chrono::sys_days(date).time_since_epoch().count())) : std::nullopt;
        ASSERT_EQ(days_from_civil(year, month, day), expected) << year << '-' << month << '-' << day;
      }
    }
  }
}

}  // namespace
}  // namespace lakeflow
