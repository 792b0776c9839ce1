// Incremental reading of a FHIR server, well-behaved and not. The server is the simulator, over HTTP.

#include <chrono>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sources/healthcare/test/fhir_reading.h"

namespace lakeflow {
namespace {

using testing::ContainsRegex;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::UnorderedElementsAre;

TEST(FhirSearchReader, ReadsATableAndThenOnlyWhatChanged) {
  FhirWorld world(patients_a_minute_apart(120));
  world.options().set("page_size", "25");
  const Reading first = world.read();
  ASSERT_FALSE(first.error) << first.error->message();
  EXPECT_EQ(first.end, End::kCaughtUp);
  EXPECT_EQ(first.versions.size(), 120U);
  EXPECT_EQ(first.distinct().size(), 120U);

  const Reading idle = world.read(first);
  EXPECT_EQ(idle.end, End::kCaughtUp);
  EXPECT_THAT(idle.versions, IsEmpty());
  EXPECT_EQ(idle.offset, first.offset) << "nothing new, no new place";
  EXPECT_EQ(idle.filtered.at("already_read"), idle.read) << "the look-back window";

  world.put("Patient", "p0007");
  world.put("Patient", "new");
  world.put("Patient", "new", R"(,"active":true)");
  const Reading second = world.read(first);
  EXPECT_THAT(second.versions, ElementsAre("p0007/2", "new/2"));
  EXPECT_NE(second.offset, first.offset);
  EXPECT_THAT(world.read(second).versions, IsEmpty());
}

TEST(FhirSearchReader, GoesOnAfterEachPage) {
  FhirWorld world(patients_a_minute_apart(100));
  world.options().set("page_size", "7");
  const Reading pieces = world.read_in_pieces();
  ASSERT_FALSE(pieces.error) << pieces.error->message();
  EXPECT_EQ(pieces.distinct().size(), 100U);
  EXPECT_EQ(pieces.versions.size(), 100U) << "none twice";
}

TEST(FhirSearchReader, LosesNothingOfARunOfEqualTimesThatIsCut) {
  FhirWorld world(patients_a_minute_apart(30) + patients_of_one_time(1500) + patients_of_one_time(40, "u", "2024-02-02T02:02:02.223Z"));
  world.options().set("page_size", "100");
  const Reading whole = world.read();
  EXPECT_EQ(whole.distinct().size(), 1570U);
  EXPECT_EQ(whole.versions.size(), 1570U);

  const Reading pieces = world.read_in_pieces();
  ASSERT_FALSE(pieces.error) << pieces.error->message();
  EXPECT_EQ(pieces.distinct(), whole.distinct());
  EXPECT_EQ(pieces.versions.size(), 1570U) << "what was read of the run is known by its versions";
}

TEST(FhirSearchReader, ReturnsNothingTwiceOfARunOfAnyLength) {
  FhirWorld world(patients_of_one_time(6000));
  world.options().set("page_size", "1000");
  const Reading first = world.read({}, 7);  // one of them is the search from the run's own time, one that of its second
  EXPECT_EQ(first.versions.size(), 5000U);
  const Reading rest = world.read(first);
  EXPECT_EQ(rest.end, End::kCaughtUp);
  EXPECT_EQ(rest.versions.size(), 1000U);
  std::set<std::string> all = first.distinct();
  all.merge(rest.distinct());
  EXPECT_EQ(all.size(), 6000U);

  // All of them are met again by every run, as none is newer.
  world.put("Patient", "new");
  const Reading next = world.read(rest);
  EXPECT_THAT(next.versions, ElementsAre("new/1"));
  EXPECT_THAT(world.read(next).versions, IsEmpty());
}

TEST(FhirSearchReader, ReadsAnEmptyTable) {
  FhirWorld world;
  const Reading empty = world.read();
  EXPECT_EQ(empty.end, End::kCaughtUp);
  EXPECT_THAT(empty.versions, IsEmpty());
  EXPECT_FALSE(empty.offset.is_start()) << "an offset is there after every end";
  world.put("Patient", "a");
  EXPECT_THAT(world.read(empty).versions, ElementsAre("a/1"));
}

TEST(FhirSearchReader, ReadsWhatIsCommittedLateWithinTheLookBack) {
  FhirWorld world(patient("a", "2024-01-01T00:00:00Z"), {"late-commit=1"});
  Reading reading;
  {
    const std::jthread slow([&world] { EXPECT_EQ(world.transaction({"late1", "late2"}), 200); });
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    world.simulator().clear_faults();
    world.put("Patient", "early");
    reading = world.read();
    EXPECT_THAT(reading.versions, ElementsAre("a/1", "early/1"));
  }
  EXPECT_THAT(world.read(reading).versions, UnorderedElementsAre("late1/1", "late2/1")) << "their time is that of their beginning";
}

class ServerThatDoesNotSort : public testing::TestWithParam<const char*> {};

TEST_P(ServerThatDoesNotSort, IsReadWholeBeforeThePositionMoves) {
  FhirWorld world(patients_a_minute_apart(100), {GetParam()});
  world.options().set("page_size", "7");
  const Reading whole = world.read();
  ASSERT_FALSE(whole.error) << whole.error->message();
  EXPECT_EQ(whole.distinct().size(), 100U);
  EXPECT_THAT(world.log().text(), HasSubstr("does not keep the order"));

  const Reading pieces = world.read_in_pieces();
  ASSERT_FALSE(pieces.error) << pieces.error->message();
  EXPECT_EQ(pieces.distinct(), whole.distinct());

  world.put("Patient", "p0050");
  EXPECT_THAT(world.read(whole).versions, ElementsAre("p0050/2"));
  EXPECT_THAT(world.read(pieces).versions, ElementsAre("p0050/2"));
}

INSTANTIATE_TEST_SUITE_P(FhirSearchReader, ServerThatDoesNotSort, testing::Values("ignore-sort", "ignore-sort=silently"));

class ServerThatDoesNotFilter : public testing::TestWithParam<const char*> {};

TEST_P(ServerThatDoesNotFilter, IsReadAgainAndWhatIsOldLeftOut) {
  FhirWorld world(patients_a_minute_apart(100), {GetParam()});
  world.options().set("page_size", "7");
  const Reading first = world.read_in_pieces();
  ASSERT_FALSE(first.error) << first.error->message();
  EXPECT_EQ(first.distinct().size(), 100U);
  EXPECT_THAT(world.log().text(), HasSubstr("does not keep to _lastUpdated"));

  world.put("Patient", "p0050");
  const Reading second = world.read(first);
  EXPECT_THAT(second.versions, ElementsAre("p0050/2"));
  EXPECT_GE(second.filtered.at("already_read"), 99U);
}

INSTANTIATE_TEST_SUITE_P(FhirSearchReader, ServerThatDoesNotFilter, testing::Values("ignore-last-updated", "ignore-last-updated=silently"));

TEST(FhirSearchReader, TellsAServerThatNeitherSortsNorFilters) {
  FhirWorld world(patients_a_minute_apart(100), {"ignore-sort=silently", "ignore-last-updated=silently"});
  world.options().set("page_size", "7");
  const Reading first = world.read_in_pieces();
  ASSERT_FALSE(first.error) << first.error->message();
  EXPECT_EQ(first.distinct().size(), 100U);
  world.put("Patient", "p0050");
  EXPECT_THAT(world.read(first).versions, ElementsAre("p0050/2"));
}

TEST(FhirSearchReader, LosesNothingWherePagesShiftUnderChanges) {
  for (const bool sorts : {true, false}) {
    FhirWorld world(patients_a_minute_apart(60),
                    sorts ? std::vector<std::string>{"live-pages"} : std::vector<std::string>{"live-pages", "ignore-sort"});
    world.options().set("page_size", "10");
    Result<std::unique_ptr<RecordReader>> reader = world.connect()->read_table("Patient", {}, {}, {});
    std::set<std::string> ids;
    for (int page = 0;; ++page) {
      Result<std::variant<RawRecords, End>> next = (*reader)->next();
      ASSERT_TRUE(next) << next.error().message();
      if (std::holds_alternative<End>(*next)) {
        break;
      }
      for (const RawRecord& record : std::get<RawRecords>(*next).records) {
        const std::size_t begin = record.bytes.find("\"id\":\"") + 6;
        ids.insert(std::string(record.bytes.substr(begin, record.bytes.find('"', begin) - begin)));
      }
      if (page == 1 || page == 3) {
        // Ids that were read are changed or go: all that comes after them moves up.
        const std::string read_before = *std::next(ids.begin(), page);
        EXPECT_EQ(page == 1 ? world.put("Patient", read_before) : world.remove("Patient", read_before), page == 1 ? 200 : 204);
      }
    }
    EXPECT_EQ(ids.size(), 60U) << (sorts ? "sorted" : "unsorted");
  }
}

TEST(FhirSearchReader, ReadsOnWhereAServerCapsItsSearches) {
  FhirWorld world(patients_a_minute_apart(60), {"short-search=5"});
  world.options().set("page_size", "10");
  const Reading reading = world.read();
  ASSERT_FALSE(reading.error) << reading.error->message();
  EXPECT_EQ(reading.distinct().size(), 60U) << "no link to more, but more was counted";

  FhirWorld unsorted(patients_a_minute_apart(60), {"short-search=5", "ignore-sort=silently"});
  EXPECT_EQ(unsorted.read().distinct().size(), 5U);
  EXPECT_THAT(unsorted.log().text(), HasSubstr("the server counts more resources than it gives"));
}

TEST(FhirSearchReader, TakesMatchesOfItsTypeAlone) {
  FhirWorld world(patients_a_minute_apart(20), {"extra-entries"});
  world.options().set("page_size", "10");
  const Reading reading = world.read();
  EXPECT_EQ(reading.distinct().size(), 20U);
  EXPECT_GE(reading.filtered.at("search_outcome"), 2U);
  EXPECT_GE(reading.filtered.at("search_include"), 2U);
  EXPECT_EQ(reading.read, reading.versions.size() + reading.filtered.at("search_outcome") + reading.filtered.at("search_include") +
                              (reading.filtered.contains("already_read") ? reading.filtered.at("already_read") : 0));
}

TEST(FhirSearchReader, PutsAsideResourcesWithoutATime) {
  FhirWorld world("", {"omit-last-updated"});
  world.put("Patient", "a");
  world.put("Patient", "b");
  const Reading reading = world.read();
  EXPECT_THAT(reading.broken, ElementsAre("no_last_updated", "no_last_updated"));
  EXPECT_THAT(reading.versions, IsEmpty());
  EXPECT_THAT(world.log().text(), HasSubstr("without meta.lastUpdated"));
}

TEST(FhirSearchReader, ReadsOnAfterResourcesOfTheFuture) {
  FhirWorld world(patient("a", "2024-01-01T00:00:00Z") + patient("tomorrow", "2124-01-01T00:00:00Z"));
  const Reading first = world.read();
  EXPECT_THAT(first.versions, ElementsAre("a/1", "tomorrow/1"));
  world.put("Patient", "today");
  const Reading second = world.read(first);
  EXPECT_THAT(second.versions, ElementsAre("today/1"));
  EXPECT_THAT(world.read(second).versions, IsEmpty());
}

TEST(FhirSearchReader, ReadsServersOfWholeSeconds) {
  FhirWorld world("", {"whole-seconds"});
  std::set<std::string> expected;
  Reading reading;
  std::set<std::string> read;
  for (int round = 0; round < 4; ++round) {
    for (int i = 0; i < 5; ++i) {
      const std::string id = fmt::format("s{}{}", round, i);
      world.put("Patient", id);
      expected.insert(id + "/1");
    }
    reading = world.read(reading);
    EXPECT_EQ(reading.versions.size(), 5U) << "round " << round;
    read.merge(reading.distinct());
  }
  EXPECT_EQ(read, expected);
}

// A run of equal times is what next links are followed in.
TEST(FhirSearchReader, FollowsRelativeLinks) {
  FhirWorld world(patients_of_one_time(50), {"relative-next"});
  world.options().set("page_size", "10");
  EXPECT_EQ(world.read().distinct().size(), 50U);
}

TEST(FhirSearchReader, RefusesLinksToOthers) {
  FhirWorld world(patients_of_one_time(50), {"foreign-next"}, "s3cret-canary");
  world.options().set("page_size", "10");
  world.options().set("auth_type", "bearer");
  world.options().set("token", "s3cret-canary");
  const Reading refused = world.read();
  ASSERT_TRUE(refused.error);
  EXPECT_THAT(refused.error->message(), HasSubstr("a link leads to http://localhost:"));
  EXPECT_THAT(refused.error->message() + refused.error->next_step(), Not(HasSubstr("canary")));

  world.options().set("fhir_base_url", "http://localhost:" + std::to_string(world.simulator().port()) + "/fhir");
  EXPECT_EQ(world.read().distinct().size(), 50U) << "the origin that is configured is no other";
}

TEST(FhirSearchReader, EndsWhereLinksGoInACircle) {
  FhirWorld world(patients_of_one_time(50), {"repeated-next"});
  world.options().set("page_size", "10");
  const Reading reading = world.read();
  ASSERT_TRUE(reading.error);
  EXPECT_THAT(reading.error->message(), HasSubstr("the same next link again"));
}

TEST(FhirSearchReader, SearchesAgainWherePagingExpires) {
  FhirWorld world(patients_of_one_time(50), {"expired-pages:2"});
  world.options().set("page_size", "10");
  const Reading reading = world.read();
  ASSERT_FALSE(reading.error) << reading.error->message();
  EXPECT_EQ(reading.distinct().size(), 50U);
  EXPECT_EQ(reading.versions.size(), 50U);

  FhirWorld always(patients_of_one_time(50), {"expired-pages"});
  always.options().set("page_size", "10");
  const Reading given_up = always.read();
  ASSERT_TRUE(given_up.error);
  EXPECT_THAT(given_up.error->message(), HasSubstr("its paging expired 3 times in a row"));
  EXPECT_THAT(given_up.error->message() + always.log().text(), Not(ContainsRegex("\\?[^ ]*="))) << "a server's links may name patients";
}

TEST(FhirSearchReader, OvercomesFaultsThatPass) {
  for (const char* fault : {"throttle=1:1", "throttle=date:1", "unavailable=1:1", "status=500:2", "status=502:1", "status=504:1", "status=408:1",
                            "cut-body:2", "html:2"}) {
    FhirWorld world(patients_a_minute_apart(30), {fault});
    world.options().set("page_size", "10");
    const Reading reading = world.read();
    ASSERT_FALSE(reading.error) << fault << ": " << reading.error->message();
    EXPECT_EQ(reading.distinct().size(), 30U) << fault;
    EXPECT_THAT(world.log().text(), Not(ContainsRegex("\\?[^ ]*="))) << "a query may name a patient";
  }
}

TEST(FhirSearchReader, SaysWhatAServerRefuses) {
  struct Case {
    const char* fault;
    const char* message;
    const char* next_step;
  };
  for (const Case& c : {Case{"status=401", "Patient answered 401 (unauthorized), OperationOutcome error/", "token"},
                        Case{"status=403", "Patient answered 403 (forbidden), OperationOutcome error/", "ask for the right"},
                        Case{"status=404", "Patient answered that it is not there (404 or 410)", "fhir_base_url"},
                        Case{"status=500", "Patient answered 500 (", "the server has a fault"},
                        Case{"html", "Patient answered 200 with", "is fhir_base_url the base of a FHIR server"},
                        Case{"cut-body", "its answer was cut", "smaller pages"}}) {
    FhirWorld world(patients_a_minute_apart(3), {c.fault});
    world.options().set("retry_budget", "1");
    const Reading reading = world.read();
    ASSERT_TRUE(reading.error) << c.fault;
    EXPECT_EQ(reading.error->kind(), ErrorKind::kSource);
    EXPECT_THAT(reading.error->message(), HasSubstr(c.message));
    EXPECT_THAT(reading.error->next_step(), HasSubstr(c.next_step)) << c.fault;
    EXPECT_THAT(reading.error->message() + world.log().text(), Not(ContainsRegex("\\?[^ ]*="))) << "a query may name a patient";
  }
}

TEST(FhirSearchReader, IsStoppedWhileAServerHangs) {
  FhirWorld world(patients_a_minute_apart(3), {"hang"});
  std::stop_source stop;
  std::jthread stopper([&stop] {
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    stop.request_stop();
  });
  ReadContext context;
  context.stop = stop.get_token();
  const auto start = std::chrono::steady_clock::now();
  const Reading reading = world.read({}, SIZE_MAX, context);
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(10));
  ASSERT_TRUE(reading.error);
  EXPECT_EQ(reading.error->kind(), ErrorKind::kInterrupted);
}

TEST(FhirSearchReader, StopsAtItsDeadlineAndGoesOn) {
  FhirWorld world(patients_a_minute_apart(30));
  world.options().set("page_size", "10");
  std::set<std::string> all;
  Reading reading;
  int reads = 0;
  for (; reading.end != End::kCaughtUp && reads < 20; ++reads) {
    ReadContext context;
    context.deadline = std::chrono::steady_clock::now();
    reading = world.read(reading, SIZE_MAX, context);
    ASSERT_FALSE(reading.error) << reading.error->message();
    all.merge(reading.distinct());
  }
  EXPECT_EQ(all.size(), 30U);
  EXPECT_GT(reads, 2);
}

TEST(FhirSearchReader, RefusesAnOffsetThatIsNotItsOwn) {
  FhirWorld world;
  for (const char* text : {"[]", "nonsense", R"({"at":5})", R"({"changes":"*"})"}) {
    const auto reader = world.connect()->read_table("Patient", Offset(text), {}, {});
    ASSERT_FALSE(reader) << text;
    EXPECT_EQ(reader.error().kind(), ErrorKind::kUser);
  }
}

}  // namespace
}  // namespace lakeflow
