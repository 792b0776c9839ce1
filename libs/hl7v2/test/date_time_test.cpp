#include "libs/hl7v2/date_time.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/clock.h"

namespace lakeflow::hl7v2 {
namespace {

// "precision time-as-written zone fraction-digits", "none" where the text is no time.
std::string read(std::string_view text) {
  constexpr std::string_view kPrecisions[] = {"year", "month", "day", "hour", "minute", "second", "fraction"};
  const auto time = parse_date_time(text);
  if (!time) {
    return "none";
  }
  std::string shown = format_utc(time->local_micros());
  shown.pop_back();
  return fmt::format("{} {}{}{}", kPrecisions[static_cast<std::size_t>(time->precision)], shown,
                     time->zone_minutes ? fmt::format(" {:+}", *time->zone_minutes) : "",
                     time->fraction_digits > 0 ? fmt::format(" .{}", time->fraction_digits) : "");
}

TEST(DateTime, KeepsPrecisionFractionAndOffset) {
  EXPECT_EQ(read("1985"), "year 1985-01-01T00:00:00");
  EXPECT_EQ(read("198507"), "month 1985-07-01T00:00:00");
  EXPECT_EQ(read("19850711"), "day 1985-07-11T00:00:00");
  EXPECT_EQ(read("20240101-0500"), "day 2024-01-01T00:00:00 -300");
  EXPECT_EQ(read("2024010112"), "hour 2024-01-01T12:00:00");
  EXPECT_EQ(read("202401011200+0000"), "minute 2024-01-01T12:00:00 +0");
  EXPECT_EQ(read("20240101120045"), "second 2024-01-01T12:00:45");
  EXPECT_EQ(read("20240101120045.1234+0100"), "fraction 2024-01-01T12:00:45.123400 +60 .4");
  EXPECT_EQ(read("20240101120045.100"), "fraction 2024-01-01T12:00:45.100 .3");
  EXPECT_EQ(read("20240229235959.123456789-1130"), "fraction 2024-02-29T23:59:59.123456 -690 .9");
  EXPECT_EQ(read("19691231235959"), "second 1969-12-31T23:59:59");
}

TEST(DateTime, RefusesWhatIsNone) {
  for (const char* text : {"",
                           "198",
                           "19851",
                           "1985071",
                           "2023-01-01",
                           "20230229",
                           "20241301",
                           "20240100",
                           "00000000",
                           "2024010124",
                           "202401011260",
                           "20240101120060",
                           "20240101120045.",
                           "2024010112.5",
                           "20240101120045.1234567890",
                           "20240101+05",
                           "20240101+05000",
                           "20240101+1560",
                           "20240101Z",
                           "20240101 12",
                           " 20240101",
                           "\"\"",
                           "unknown",
                           "202401011200451",
                           "2024+",
                           "-0500"}) {
    EXPECT_EQ(read(text), "none") << text;
  }
}

}  // namespace
}  // namespace lakeflow::hl7v2
