// Each version comes once, however many of them the look-back window holds and wherever a run ends: what a table of scd_type APPEND_ONLY needs.

#include <random>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sources/healthcare/fhir/fhir_seen_versions.h"
#include "sources/healthcare/test/fhir_reading.h"

namespace lakeflow {
namespace {

using testing::IsEmpty;

constexpr TimestampMicros kSecond = 1'000'000;

TEST(SeenVersions, AreThoseOfTheCommits) {
  // Any order of meeting, forgetting, committing and beginning anew from what was committed, against a plain set. Version n is of second n / 50;
  // what is forgotten is not met again.
  struct Place {
    std::set<std::uint64_t> known;
    std::uint64_t oldest = 0;
    std::uint64_t changes = 0;
  };
  for (unsigned seed = 0; seed < 4; ++seed) {
    std::mt19937_64 random(seed);
    const auto time_of = [](std::uint64_t version) { return static_cast<TimestampMicros>(version / 50) * kSecond; };
    Place committed;
    Place now;
    std::uint64_t newest = 0;
    FhirState state;
    SeenVersions seen;
    for (int step = 0; step < 300; ++step) {
      switch (random() % 6) {
        case 0:  // forget; the versions of this test come in no order
          now.oldest = std::max(now.oldest, newest - std::min<std::uint64_t>(newest, 20'000));
          seen.forget_all_before(time_of(now.oldest));
          now.known.erase(now.known.begin(), now.known.lower_bound(now.oldest));
          break;
        case 1:  // commit
          now.changes = seen.changes();
          state.apply(seen.delta());
          EXPECT_EQ(seen.changes(), now.changes) << "the offset is asked for before the delta";
          EXPECT_TRUE(seen.delta().empty());
          committed = now;
          break;
        case 2:  // die, and begin anew
          seen = SeenVersions();
          ASSERT_TRUE(seen.load(state, committed.changes));
          now = committed;
          break;
        default:
          newest += random() % 2000;
          for (std::uint64_t i = 0; i < 1000; ++i) {
            const std::uint64_t version = now.oldest + random() % (newest - now.oldest + 1);
            ASSERT_EQ(seen.meet(time_of(version), version), now.known.insert(version).second) << "seed " << seed << ", step " << step;
          }
      }
    }
  }
}

TEST(SeenVersions, GrowWithTheWindowAlone) {
  SeenVersions seen;
  FhirState state;
  std::size_t largest = 0;
  for (std::uint64_t second = 0; second < 5'000; ++second) {
    const TimestampMicros now = static_cast<TimestampMicros>(second) * kSecond;
    for (std::uint64_t i = 0; i < 20; ++i) {
      EXPECT_TRUE(seen.meet(now, second * 1000 + i));
    }
    seen.forget_before(now - 300 * kSecond);
    const StateDelta delta = seen.delta();
    EXPECT_LE(delta.entries.size(), 600U);
    state.apply(delta);
    largest = std::max(largest, state.bytes());
  }
  // 6,000 versions of 16 bytes as base64, and at most as much that is forgotten but not yet written anew, or one segment more.
  EXPECT_LT(largest, (2 * 6020 + SeenVersions::kSegment + 20) * 22U + 300 * 20);
}

TEST(SeenVersions, SayWhereTheyAreTooMany) {
  SeenVersions seen;
  for (std::uint64_t i = 0; i < SeenVersions::kMost; ++i) {
    seen.meet(0, i);
  }
  EXPECT_FALSE(seen.overflowed());
  EXPECT_FALSE(seen.meet(0, 0));
  EXPECT_TRUE(seen.meet(0, SeenVersions::kMost));
  EXPECT_TRUE(seen.overflowed());
  EXPECT_TRUE(seen.meet(0, 0)) << "the earliest is forgotten";
  FhirState state;
  state.apply(seen.delta());
  SeenVersions again;
  ASSERT_TRUE(again.load(state, seen.changes()));
  EXPECT_FALSE(again.meet(0, SeenVersions::kMost - 1));
}

TEST(SeenVersions, RefuseAStateThatIsNotTheirs) {
  for (const auto& [key, value] :
       {std::pair("seen/00000001", "*"), std::pair("seen/00000001", ""), std::pair("seen/x", "AAAAAAAAAAAAAAAAAAAAAA==")}) {
    FhirState state;
    state.apply({.entries = {{key, value}}});
    const Status loaded = SeenVersions().load(state, 1);
    ASSERT_FALSE(loaded) << key << " " << value;
    EXPECT_EQ(loaded.error().kind(), ErrorKind::kUser);
  }
}

// Runs that end anywhere, over windows of thousands of versions, while the server is written to.
TEST(FhirSearchReader, ReturnsEachVersionOnce) {
  for (const std::vector<std::string>& faults : {std::vector<std::string>{}, std::vector<std::string>{"ignore-sort"}}) {
    FhirWorld world("", faults);
    world.options().set("page_size", "500");
    std::set<std::string> written;
    std::vector<std::string> returned;
    std::mt19937_64 random(7);
    Reading reading;
    for (int round = 0; round < 6; ++round) {
      std::vector<std::string> ids;
      for (int i = 0; i < 1500; ++i) {
        const std::string id = fmt::format("r{}n{:04}", round, i);
        ids.push_back(id);
        written.insert(id + "/1");
      }
      ASSERT_EQ(world.transaction(ids), 200);
      // As if the process had died, and what it had not committed is gone.
      Reading piece = world.read(reading, 1 + random() % 6);
      ASSERT_FALSE(piece.error) << piece.error->message();
      std::ranges::copy(piece.versions, std::back_inserter(returned));
      reading = world.read(piece);
      ASSERT_FALSE(reading.error) << reading.error->message();
      std::ranges::copy(reading.versions, std::back_inserter(returned));
    }
    EXPECT_THAT(world.read(reading).versions, IsEmpty());
    EXPECT_EQ(std::set<std::string>(returned.begin(), returned.end()), written);
    EXPECT_EQ(returned.size(), written.size()) << "none twice";
  }
}

}  // namespace
}  // namespace lakeflow
