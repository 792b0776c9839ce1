// Reading a type by its history: every version and every deletion. The server is the simulator, over HTTP.

#include <chrono>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sources/healthcare/test/fhir_reading.h"

namespace lakeflow {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;
using testing::StartsWith;
using testing::UnorderedElementsAre;

// A server whose first load was read, and which is read by history from then on.
class HistoryWorld : public FhirWorld {
 public:
  explicit HistoryWorld(std::string_view resources = {}, std::vector<std::string> faults = {}) : FhirWorld(resources, std::move(faults)) {
    options().set("strategy", "history");
    loaded_ = read();
    EXPECT_FALSE(loaded_.error) << loaded_.error->message();
  }
  const Reading& loaded() const { return loaded_; }

 private:
  Reading loaded_;
};

std::string time_of(const std::string& deletion) { return deletion.substr(deletion.find('@') + 1); }

TEST(FhirHistoryReader, BringsEveryVersionAndDeletion) {
  HistoryWorld world(patients_a_minute_apart(5));
  EXPECT_THAT(world.loaded().versions, SizeIs(5)) << "the first load is a search";

  world.put("Patient", "p0001", R"(,"active":true)");
  world.put("Patient", "p0001", R"(,"active":false)");
  world.remove("Patient", "p0002");
  world.put("Patient", "new");
  const Reading reading = world.read(world.loaded());
  ASSERT_FALSE(reading.error) << reading.error->message();
  EXPECT_EQ(reading.end, End::kCaughtUp);
  EXPECT_THAT(reading.versions, UnorderedElementsAre("p0001/2", "p0001/3", "new/1"));
  EXPECT_THAT(reading.deletes, ElementsAre(StartsWith("p0002@20")));

  const Reading idle = world.read(reading);
  EXPECT_THAT(idle.versions, IsEmpty());
  EXPECT_THAT(idle.deletes, IsEmpty());
  EXPECT_EQ(idle.offset, reading.offset) << "nothing new, no new place";
}

TEST(FhirHistoryReader, GivesNoPlaceBeforeTheWindowIsDrained) {
  HistoryWorld world(patients_a_minute_apart(5));
  world.options().set("page_size", "3");
  for (int i = 0; i < 10; ++i) {
    world.put("Patient", fmt::format("new{}", i));
  }
  const Reading broken_off = world.read(world.loaded(), 2);
  EXPECT_THAT(broken_off.versions, SizeIs(6));
  EXPECT_EQ(broken_off.offset, world.loaded().offset) << "newest first: what is older was not read";
  EXPECT_THAT(world.read(broken_off).versions, SizeIs(10));
}

TEST(FhirHistoryReader, KeepsWhoComesBackAfterADeletion) {
  for (const char* fault : {"", "bare-tombstones", "whole-seconds"}) {
    SCOPED_TRACE(fault);
    HistoryWorld world(patients_a_minute_apart(3), *fault == '\0' ? std::vector<std::string>() : std::vector<std::string>{fault});
    world.remove("Patient", "p0001");
    world.put("Patient", "p0001", R"(,"active":true)");
    world.remove("Patient", "p0002");
    const Reading reading = world.read(world.loaded());
    ASSERT_FALSE(reading.error) << reading.error->message();
    ASSERT_THAT(reading.versions, ElementsAre("p0001/3"));
    ASSERT_THAT(reading.deletes, SizeIs(2));
    const std::string returned = reading.deletes.front().starts_with("p0001") ? reading.deletes.front() : reading.deletes.back();
    EXPECT_LT(*parse_utc(time_of(returned)), world.last_updated("Patient", "p0001")) << "before the version that brought it back";
    EXPECT_GT(*parse_utc(time_of(returned)), *parse_utc("2024-01-01T00:02:00Z")) << "after the version that it deleted";
  }
}

TEST(FhirHistoryReader, KnowsDeletionsByTheirUrlAlone) {
  HistoryWorld world(patients_a_minute_apart(4), {"bare-tombstones"});
  world.options().set("page_size", "2");
  for (const char* id : {"p0000", "p0001", "p0002"}) {
    world.remove("Patient", id);
  }
  const Reading reading = world.read(world.loaded());
  ASSERT_FALSE(reading.error) << reading.error->message();
  EXPECT_THAT(reading.deletes, UnorderedElementsAre(StartsWith("p0000@2"), StartsWith("p0001@2"), StartsWith("p0002@2")));
  for (const std::string& deletion : reading.deletes) {
    EXPECT_GT(*parse_utc(time_of(deletion)), *parse_utc("2024-01-01T00:00:00Z"));
  }
  const Reading again = world.read(reading);
  EXPECT_THAT(again.deletes, IsEmpty());
  EXPECT_EQ(again.offset, reading.offset);
}

TEST(FhirHistoryReader, ReturnsOfASecondTheNewestVersionAlone) {
  HistoryWorld world(patients_a_minute_apart(1), {"whole-seconds"});
  // Versions that share a time have no order for a destination: three writes, of which at least two fall into one second.
  for (int i = 0; i < 3; ++i) {
    world.put("Patient", "p0000", fmt::format(R"(,"language":"{}")", i));
  }
  const Reading reading = world.read(world.loaded());
  ASSERT_THAT(reading.versions, Not(IsEmpty()));
  EXPECT_EQ(reading.versions.front(), "p0000/4") << "newest first";
  EXPECT_GE(reading.filtered.at("older_version_of_the_same_time"), 1U);
}

TEST(FhirHistoryReader, ReadsWhatIsCommittedLateWithinTheLookBack) {
  HistoryWorld world(patient("a", "2024-01-01T00:00:00Z"), {"late-commit=1"});
  Reading reading;
  {
    const std::jthread slow([&world] { EXPECT_EQ(world.transaction({"late1", "late2"}), 200); });
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    world.simulator().clear_faults();
    world.put("Patient", "early");
    reading = world.read(world.loaded());
    EXPECT_THAT(reading.versions, ElementsAre("early/1"));
  }
  EXPECT_THAT(world.read(reading).versions, UnorderedElementsAre("late1/1", "late2/1"));
}

TEST(FhirHistoryReader, BeginsAgainWherePagingExpires) {
  for (const bool bare : {false, true}) {
    HistoryWorld world(patients_a_minute_apart(6));
    world.options().set("page_size", "2");
    ASSERT_TRUE(world.simulator().inject("expired-pages:2"));
    if (bare) {
      ASSERT_TRUE(world.simulator().inject("bare-tombstones"));
    }
    for (int i = 0; i < 4; ++i) {
      world.put("Patient", fmt::format("new{}", i));
      world.remove("Patient", fmt::format("p000{}", i));
    }
    const Reading reading = world.read(world.loaded());
    ASSERT_FALSE(reading.error) << reading.error->message();
    EXPECT_THAT(reading.versions, SizeIs(4));
    EXPECT_THAT(reading.deletes, SizeIs(4)) << "also that which waited for its time when the page was gone";
  }
  HistoryWorld always(patients_a_minute_apart(2));
  always.options().set("page_size", "1");
  ASSERT_TRUE(always.simulator().inject("expired-pages"));
  always.put("Patient", "x");
  always.put("Patient", "y");
  const Reading given_up = always.read(always.loaded());
  ASSERT_TRUE(given_up.error);
  EXPECT_THAT(given_up.error->message(), HasSubstr("its paging expired 3 times in a row"));
}

TEST(FhirHistoryReader, LosesNothingWhilePagesShift) {
  HistoryWorld world(patients_a_minute_apart(10));
  world.options().set("page_size", "3");
  ASSERT_TRUE(world.simulator().inject("live-pages"));
  for (int i = 0; i < 9; ++i) {
    world.put("Patient", fmt::format("new{}", i));
  }
  Reading reading = world.loaded();
  reading.versions.clear();
  reading.end.reset();
  ReadContext context;
  context.state = &reading.state;
  auto reader = world.connect()->read_table("Patient", reading.offset, {}, context);
  ASSERT_TRUE(reader);
  for (int calls = 0; !reading.end && FhirWorld::step(**reader, reading); ++calls) {
    if (calls < 3) {
      world.put("Patient", fmt::format("meanwhile{}", calls));
      world.remove("Patient", fmt::format("p000{}", calls));
    }
  }
  ASSERT_FALSE(reading.error) << reading.error->message();
  for (int i = 0; i < 9; ++i) {
    EXPECT_TRUE(reading.distinct().contains(fmt::format("new{}/1", i))) << i;
  }
  const Reading rest = world.read(reading);
  std::set<std::string> all = reading.distinct();
  all.merge(rest.distinct());
  EXPECT_EQ(all.size(), 12U);
  EXPECT_EQ(reading.deletes.size() + rest.deletes.size(), 3U);
}

TEST(FhirHistoryReader, StopsWhereAServerIgnoresSince) {
  HistoryWorld world(patients_a_minute_apart(60));
  world.options().set("page_size", "10");
  ASSERT_TRUE(world.simulator().inject("ignore-since"));
  world.put("Patient", "p0007");
  world.simulator().forget_requests();
  const Reading reading = world.read(world.loaded());
  ASSERT_FALSE(reading.error) << reading.error->message();
  EXPECT_THAT(reading.versions, ElementsAre("p0007/2"));
  EXPECT_THAT(world.log().text(), HasSubstr("does not keep to _since"));
  EXPECT_LT(world.simulator().requests().size(), 4U) << "not all of the past";
}

TEST(FhirHistoryReader, ReadsAHistoryThatIsOldestFirst) {
  HistoryWorld world(patients_a_minute_apart(5), {"oldest-first-history"});
  world.put("Patient", "p0001", R"(,"active":true)");
  world.put("Patient", "p0001", R"(,"active":false)");
  world.remove("Patient", "p0002");
  world.remove("Patient", "p0003");
  world.put("Patient", "p0003");
  const Reading reading = world.read(world.loaded());
  ASSERT_FALSE(reading.error) << reading.error->message();
  EXPECT_THAT(reading.distinct(), UnorderedElementsAre("p0001/2", "p0001/3", "p0003/3"));
  EXPECT_THAT(reading.deletes, UnorderedElementsAre(StartsWith("p0002@"), StartsWith("p0003@")));
  EXPECT_THAT(world.log().text(), HasSubstr("not newest first"));
}

TEST(FhirHistoryReader, SaysWhatAServerRefuses) {
  HistoryWorld world(patients_a_minute_apart(3));
  ASSERT_TRUE(world.simulator().inject("no-history"));
  const Reading refused = world.read(world.loaded());
  ASSERT_TRUE(refused.error);
  EXPECT_EQ(refused.error->kind(), ErrorKind::kSource);
  EXPECT_THAT(refused.error->message(), AllOf(HasSubstr("/Patient/_history answered 405"), Not(HasSubstr("?"))));
  EXPECT_EQ(refused.offset, world.loaded().offset);
}

TEST(FhirHistoryReader, EndsWhereLinksGoInACircle) {
  HistoryWorld world(patients_a_minute_apart(3));
  world.options().set("page_size", "2");
  ASSERT_TRUE(world.simulator().inject("repeated-next"));
  for (const char* id : {"x", "y", "z"}) {
    world.put("Patient", id);
  }
  const Reading reading = world.read(world.loaded());
  ASSERT_TRUE(reading.error);
  EXPECT_THAT(reading.error->message(), HasSubstr("the same next link again"));
}

TEST(FhirHistoryReader, OvercomesFaultsThatPass) {
  for (const char* fault : {"throttle=1:1", "throttle=date:1", "status=500:2", "cut-body:2", "html:2"}) {
    HistoryWorld world(patients_a_minute_apart(3));
    world.put("Patient", "new");
    world.remove("Patient", "p0001");
    ASSERT_TRUE(world.simulator().inject(fault));
    const Reading reading = world.read(world.loaded());
    ASSERT_FALSE(reading.error) << fault << ": " << reading.error->message();
    EXPECT_THAT(reading.versions, ElementsAre("new/1")) << fault;
    EXPECT_THAT(reading.deletes, SizeIs(1)) << fault;
  }
}

}  // namespace
}  // namespace lakeflow
