// Dividing time by counting, for resources that lie in it as they like.

#include <cmath>
#include <random>

#include <gtest/gtest.h>

#include "sources/healthcare/fhir/fhir_time_windows.h"
#include "sources/healthcare/test/fhir_reading.h"

namespace lakeflow {
namespace {

constexpr TimestampMicros kSecond = 1'000'000;

std::string patients_at(const std::vector<TimestampMicros>& times) {
  std::string lines;
  for (std::size_t i = 0; i < times.size(); ++i) {
    lines += patient(fmt::format("p{:05}", i), format_utc(times[i]));
  }
  return lines;
}

// Single ones over years, and crowds within hours, seconds and one millisecond.
std::vector<TimestampMicros> random_times(unsigned seed) {
  std::mt19937_64 dice(seed);
  const TimestampMicros begin = *parse_utc("2015-01-01T00:00:00Z");
  std::vector<TimestampMicros> times{begin};
  for (int crowd = 0; crowd < 12; ++crowd) {
    const TimestampMicros at = begin + static_cast<TimestampMicros>(dice() % (std::uint64_t{10} * 365 * 24 * 3600)) * kSecond;
    const double spread = std::pow(10.0, static_cast<double>(dice() % 14));
    for (std::uint64_t i = 0, count = dice() % 300; i < count; ++i) {
      const TimestampMicros time = at + static_cast<TimestampMicros>(spread * static_cast<double>(dice() % 1000) / 1000);
      times.push_back(time - time % 1000);
    }
  }
  return times;
}

TEST(FhirTimeWindows, CoverAllTimesAndHoldSomePagesEach) {
  for (unsigned seed = 1; seed <= 8; ++seed) {
    const std::vector<TimestampMicros> times = random_times(seed);
    FhirWorld world(patients_at(times));
    const auto options = FhirServerOptions::parse(*healthcare_connector().spec.check_connection_options(world.options()));
    ASSERT_TRUE(options);
    const auto server = *FhirServer::connect(*options, world.log());
    const TimestampMicros since = times.front() + 123'000;
    const TimestampMicros until = *parse_utc("2030-01-01T00:00:00Z");
    constexpr std::size_t kPage = 10;
    FhirTimeWindows plan({.type = "Patient", .page_size = kPage}, since, until, kPage, 3600 * kSecond, world.log());
    TimestampMicros place = since;
    std::size_t windows = 0;
    while (true) {
      const auto window = plan.next(*server, {});
      ASSERT_TRUE(window);
      if (!*window) {
        break;
      }
      ++windows;
      EXPECT_EQ((*window)->since, place);
      place = (*window)->until;
      EXPECT_EQ(place % kSecond, 0);
      EXPECT_GT(place, (*window)->since);
      const auto held = std::ranges::count_if(times, [&](TimestampMicros time) { return time >= (*window)->since && time < (*window)->until; });
      if ((*window)->until - (*window)->since > kSecond) {
        EXPECT_LE(held, 2 * 16 * 10) << "twice what is counted at once, where all of it lies in one of its windows";
      }
    }
    EXPECT_EQ(place, until);
    EXPECT_EQ(plan.place(), until);
    EXPECT_FALSE(plan.lacks_counts());
    EXPECT_LT(windows, times.size() / kPage + 60);
    // A crowd is found by halving the time before it.
    EXPECT_LT(world.simulator().requests().size(), times.size() / kPage + 12 * 40) << "seed " << seed;
  }
}

TEST(FhirTimeWindows, ThereAreNoneWithoutCounts) {
  FhirWorld world(patients_a_minute_apart(50), {"no-counts"});
  const auto options = FhirServerOptions::parse(*healthcare_connector().spec.check_connection_options(world.options()));
  const auto server = *FhirServer::connect(*options, world.log());
  const TimestampMicros since = *parse_utc("2024-01-01T00:00:00Z");
  FhirTimeWindows plan({.type = "Patient", .page_size = 5}, since, since + 3600 * kSecond, 5, 300 * kSecond, world.log());
  const auto window = plan.next(*server, {});
  ASSERT_TRUE(window);
  EXPECT_FALSE(*window);
  EXPECT_TRUE(plan.lacks_counts());
  EXPECT_EQ(plan.place(), since);
}

}  // namespace
}  // namespace lakeflow
