#include "simulator/fhir/search_time.h"

#include <string>

#include <gtest/gtest.h>

#include "simulator/http/server_clock.h"

namespace lakeflow {
namespace {

std::string shown(const std::optional<TimeRange>& range) {
  if (!range) {
    return "refused";
  }
  return (range->from ? "from " + format_utc(*range->from) : "") + (range->from && range->until ? " " : "") +
         (range->until ? "until " + format_utc(*range->until) : "");
}

TEST(DateCondition, CoversWhatItsPrecisionSays) {
  const struct {
    std::string_view value;
    std::string_view range;
  } cases[] = {
      {"2024", "from 2024-01-01T00:00:00Z until 2025-01-01T00:00:00Z"},
      {"2024-12", "from 2024-12-01T00:00:00Z until 2025-01-01T00:00:00Z"},
      {"eq2024-02-28", "from 2024-02-28T00:00:00Z until 2024-02-29T00:00:00Z"},
      {"2024-02-28T12:30Z", "from 2024-02-28T12:30:00Z until 2024-02-28T12:31:00Z"},
      {"2024-02-28T12:30:15Z", "from 2024-02-28T12:30:15Z until 2024-02-28T12:30:16Z"},
      {"2024-02-28T12:30:15", "from 2024-02-28T12:30:15Z until 2024-02-28T12:30:16Z"},
      {"2024-02-28T12:30:15.25Z", "from 2024-02-28T12:30:15.250Z until 2024-02-28T12:30:15.260Z"},
      {"2024-02-28T12:30:15.123+02:00", "from 2024-02-28T10:30:15.123Z until 2024-02-28T10:30:15.124Z"},
      {"2024-02-28T12:30:15.123456Z", "from 2024-02-28T12:30:15.123456Z until 2024-02-28T12:30:15.123457Z"},
      {"ge2024-02", "from 2024-02-01T00:00:00Z"},
      {"gt2024-02", "from 2024-03-01T00:00:00Z"},
      {"sa2024-02", "from 2024-03-01T00:00:00Z"},
      {"lt2024-02", "until 2024-02-01T00:00:00Z"},
      {"eb2024-02", "until 2024-02-01T00:00:00Z"},
      {"le2024-02", "until 2024-03-01T00:00:00Z"},
      {"ge2024-02-28T12:30:15.123Z", "from 2024-02-28T12:30:15.123Z"},
      {"gt2024-02-28T12:30:15.123Z", "from 2024-02-28T12:30:15.124Z"},
  };
  for (const auto& [value, range] : cases) {
    EXPECT_EQ(shown(parse_date_condition(value)), range) << value;
  }
}

TEST(DateCondition, RefusesWhatIsNoDate) {
  for (const std::string_view value : {"", "ge", "yesterday", "2024-13", "2024-02-30", "2024-2-1", "20240201", "2024-02-28T", "2024-02-28T12",
                                       "2024-02-28T25:00Z", "2024-02-28T12:30:15 02:00", "ap2024", "ne2024", "zz2024"}) {
    EXPECT_EQ(shown(parse_date_condition(value)), "refused") << value;
  }
}

TEST(ServerClock, StampsGrowByAMillisecondAtLeast) {
  ServerClock clock;
  TimestampMicros last = 0;
  for (int i = 0; i < 1000; ++i) {
    const TimestampMicros stamp = clock.stamp();
    EXPECT_GE(stamp, last + 1000);
    EXPECT_EQ(stamp % 1000, 0);
    EXPECT_GE(clock.now(), stamp);
    last = stamp;
  }
}

TEST(ServerClock, InstantsHaveThreeDigits) {
  EXPECT_EQ(format_instant(0), "1970-01-01T00:00:00.000Z");
  EXPECT_EQ(format_instant(1'714'566'600'120'000), "2024-05-01T12:30:00.120Z");
}

}  // namespace
}  // namespace lakeflow
