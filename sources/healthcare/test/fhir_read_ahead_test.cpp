// A large backlog that is read in several windows of time at once: the same rows and places as one page after the other, whatever the server does.

#include <algorithm>
#include <atomic>
#include <chrono>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sources/healthcare/test/fhir_gate.h"
#include "sources/healthcare/test/fhir_reading.h"

namespace lakeflow {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

constexpr const char* kAhead = "pages are asked for ahead";
constexpr int kAMinuteApart = 150;

// A stretch of single times, a run of one time that is longer than a window, others within its second, and a crowd with whole seconds.
std::string mixed_patients() {
  std::string lines = patients_a_minute_apart(kAMinuteApart) + patients_of_one_time(90, "t", "2024-01-01T01:00:00.250Z") +
                      patients_of_one_time(7, "u", "2024-01-01T01:00:00.251Z");
  for (int i = 0; i < 60; ++i) {
    lines += patient(fmt::format("w{:04}", i), fmt::format("2024-01-02T00:00:{:02}Z", i / 6));
  }
  return lines;
}
constexpr std::size_t kMixed = kAMinuteApart + 90 + 7 + 60;

class AheadWorld : public FhirWorld {
 public:
  explicit AheadWorld(std::string_view resources, std::vector<std::string> faults = {}) : FhirWorld(resources, std::move(faults)) {
    options().set("page_size", "5");
    options().set("parallel_requests", "4");
  }
  Reading read_one_after_the_other() {
    options().set("parallel_requests", "1");
    Reading reading = read();
    options().set("parallel_requests", "4");
    return reading;
  }
  std::size_t counts_asked_for() {
    const auto requests = simulator().requests();
    return static_cast<std::size_t>(
        std::ranges::count_if(requests, [](const AnsweredRequest& request) { return request.query.contains("_summary=count"); }));
  }
  bool has_read_ahead() { return log().text().contains(kAhead); }
};

TEST(FhirReadAhead, AsksForSeveralPagesAtOnceAndNoMore) {
  AheadWorld world(patients_a_minute_apart(kAMinuteApart), {"slow=20"});
  Gate gate(world.simulator());
  world.options().set("fhir_base_url", gate.base_url());
  const Reading reading = world.read();
  ASSERT_FALSE(reading.error) << reading.error->message();
  EXPECT_EQ(reading.versions.size(), static_cast<std::size_t>(kAMinuteApart));
  EXPECT_EQ(reading.distinct().size(), static_cast<std::size_t>(kAMinuteApart));
  EXPECT_EQ(gate.most_at_a_time(), 4);

  Gate narrow(world.simulator());
  world.options().set("fhir_base_url", narrow.base_url());
  world.options().set("parallel_requests", "1");
  EXPECT_EQ(world.read().versions, reading.versions) << "and gives them in the same order";
  EXPECT_EQ(narrow.most_at_a_time(), 1);
}

struct Behaviour {
  const char* name;
  std::vector<std::string> faults;
  bool is_read_ahead = true;
  bool is_waited_for = false;
};

std::ostream& operator<<(std::ostream& out, const Behaviour& behaviour) { return out << behaviour.name; }

class ServerThatIsReadAhead : public testing::TestWithParam<Behaviour> {
 protected:
  ServerThatIsReadAhead() : world_(mixed_patients()) {}
  void misbehave() {
    world_.simulator().clear_faults();
    for (const std::string& fault : GetParam().faults) {
      ASSERT_TRUE(world_.simulator().inject(fault));
    }
  }
  AheadWorld world_;
};

TEST_P(ServerThatIsReadAhead, GivesTheSameAsOnePageAfterTheOther) {
  misbehave();
  const Reading expected = world_.read_one_after_the_other();
  ASSERT_FALSE(expected.error) << expected.error->message();
  EXPECT_EQ(world_.counts_asked_for(), 0U);
  misbehave();
  const Reading reading = world_.read();
  ASSERT_FALSE(reading.error) << reading.error->message();
  EXPECT_EQ(reading.end, End::kCaughtUp);
  EXPECT_EQ(reading.distinct(), expected.distinct());
  EXPECT_EQ(reading.versions.size(), kMixed);
  EXPECT_THAT(reading.offset.json(), StartsWith(R"({"at":"2024-01-02T00:00:09Z","changes":)"));
  EXPECT_EQ(world_.has_read_ahead(), GetParam().is_read_ahead);

  // What comes after it is read as ever.
  world_.simulator().clear_faults();
  world_.put("Patient", "t0005");
  world_.put("Patient", "new");
  EXPECT_THAT(world_.read(reading).versions, ElementsAre("t0005/2", "new/1"));
}

TEST_P(ServerThatIsReadAhead, IsGoneOnWithAfterAnyPage) {
  for (const std::size_t calls : GetParam().is_waited_for ? std::vector<std::size_t>{25} : std::vector<std::size_t>{2, 3, 9, 20, 31, 47}) {
    misbehave();
    Reading all;
    for (int pieces = 0; pieces < 500 && !all.end; ++pieces) {
      // More pages where a page alone leads to no other place: a run of one time, or a server that must be read whole.
      Reading piece = world_.read(all, calls);
      if (piece.offset == all.offset) {
        piece = world_.read(all);
      }
      ASSERT_FALSE(piece.error) << piece.error->message();
      std::ranges::move(piece.versions, std::back_inserter(all.versions));
      all.end = piece.end;
      all.offset = piece.offset;
      all.state = piece.state;
    }
    EXPECT_EQ(all.distinct().size(), kMixed) << calls << " pages at a time";
    EXPECT_EQ(all.versions.size(), kMixed) << "none twice, " << calls << " pages at a time";
  }
}

INSTANTIATE_TEST_SUITE_P(
    FhirReadAhead, ServerThatIsReadAhead,
    testing::Values(
        Behaviour{"Good", {}}, Behaviour{"NoOrder", {"ignore-sort"}, false}, Behaviour{"NoOrderSilently", {"ignore-sort=silently"}, false},
        Behaviour{"NoFilter", {"ignore-last-updated"}, false}, Behaviour{"NoFilterSilently", {"ignore-last-updated=silently"}, false},
        Behaviour{"NoTotal", {"no-total"}}, Behaviour{"TotalIfAsked", {"no-total=unless-asked"}}, Behaviour{"NoCounts", {"no-counts"}, false},
        Behaviour{"LivePages", {"live-pages"}}, Behaviour{"ExpiredPages", {"expired-pages:2"}}, Behaviour{"RelativeNext", {"relative-next"}},
        Behaviour{"ExtraEntries", {"extra-entries"}},
        Behaviour{"FaultsThatPass", {"status=503:#9", "cut-body:#14", "html:#19", "status=500:#25", "status=408:#36", "cut-body:#40"}, true, true},
        Behaviour{"Busy", {"throttle=1:#12", "unavailable=1:#24"}, true, true}),
    [](const auto& server) { return server.param.name; });

TEST(FhirReadAhead, ReadsOnWhereAServerCapsItsSearches) {
  AheadWorld world(patients_a_minute_apart(kAMinuteApart), {"short-search=3"});
  const Reading reading = world.read();
  ASSERT_FALSE(reading.error) << reading.error->message();
  EXPECT_EQ(reading.distinct().size(), static_cast<std::size_t>(kAMinuteApart));
  EXPECT_TRUE(world.has_read_ahead());
}

TEST(FhirReadAhead, LosesNothingWhereADeletionShiftsThePagesOfARunOfOneTime) {
  const std::string resources =
      patients_a_minute_apart(40) + patients_of_one_time(60, "t", "2024-01-02T01:00:00.250Z") + patients_of_one_time(3, "v", "2024-01-03T00:00:00Z");
  std::set<std::string> all = AheadWorld(resources).read().distinct();
  ASSERT_EQ(all.size(), 103U);
  for (int link = 1; link <= 5; ++link) {
    AheadWorld world(resources, {"live-pages", fmt::format("delete-under-pages:#{}", link)});
    const Reading reading = world.read();
    ASSERT_FALSE(reading.error) << reading.error->message();
    EXPECT_EQ(reading.distinct(), all) << "deleted before link " << link << ", after it was read";
    EXPECT_EQ(reading.versions.size(), all.size());
  }
  AheadWorld always(resources, {"live-pages", "delete-under-pages"});
  const Reading refused = always.read();
  ASSERT_TRUE(refused.error);
  EXPECT_THAT(refused.error->message(), HasSubstr("the server's data changed under each of 5 readings"));
  EXPECT_THAT(refused.offset.json(), HasSubstr(R"("pass":)")) << "and stands before that run";
}

TEST(FhirReadAhead, BringsWhatIsChangedMeanwhile) {
  for (const std::size_t page : {3U, 9U, 20U}) {
    AheadWorld world(patients_a_minute_apart(kAMinuteApart));
    const std::unique_ptr<LakeflowConnect> connector = world.connect();
    ReadContext context;
    context.log = &world.log();
    Result<std::unique_ptr<RecordReader>> reader = connector->read_table("Patient", {}, {}, context);
    ASSERT_TRUE(reader);
    Reading reading;
    for (std::size_t calls = 1; !reading.end; ++calls) {
      ASSERT_TRUE(world.step(**reader, reading)) << reading.error->message();
      if (calls == page) {  // one that was returned, and one that is far ahead: of the last of the times
        EXPECT_EQ(world.put("Patient", reading.versions.front().substr(0, 5)), 200);
        EXPECT_EQ(world.put("Patient", fmt::format("p{:04}", (kAMinuteApart - 2) * 7919 % kAMinuteApart)), 200);
        EXPECT_EQ(world.put("Patient", "another"), 201);
      }
    }
    EXPECT_TRUE(world.has_read_ahead());
    std::map<std::string, std::string> newest;
    for (const std::string& version : reading.versions) {
      newest[version.substr(0, version.find('/'))] = version;
    }
    EXPECT_EQ(newest.size(), kAMinuteApart + 1U) << "changed after page " << page;
    EXPECT_EQ(std::ranges::count_if(newest, [](const auto& version) { return version.second.ends_with("/2"); }), 2);
  }
}

TEST(FhirReadAhead, BringsWhatIsCommittedLate) {
  AheadWorld world(patients_a_minute_apart(kAMinuteApart), {"late-commit=1"});
  Reading reading;
  {
    const std::jthread slow([&world] { EXPECT_EQ(world.transaction({"late1", "late2", "p0003"}), 200); });
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    world.simulator().clear_faults();
    world.put("Patient", "early");
    reading = world.read();
    EXPECT_EQ(reading.versions.size(), kAMinuteApart + 1U);
  }
  EXPECT_EQ(world.read(reading).distinct(), (std::set<std::string>{"late1/1", "late2/1", "p0003/2"}));
}

TEST(FhirReadAhead, GoesBackToOnePageAfterTheOtherWhereTheServerChangesItsWays) {
  for (const char* fault : {"ignore-sort=silently", "ignore-sort", "ignore-last-updated=silently"}) {
    AheadWorld world(patients_a_minute_apart(600));
    const std::unique_ptr<LakeflowConnect> connector = world.connect();
    ReadContext context;
    context.log = &world.log();
    context.batch_bytes = 100;  // so that not all was read by then
    Result<std::unique_ptr<RecordReader>> reader = connector->read_table("Patient", {}, {}, context);
    ASSERT_TRUE(reader);
    Reading reading;
    for (int calls = 1; !reading.end; ++calls) {
      ASSERT_TRUE(world.step(**reader, reading)) << reading.error->message();
      if (calls == 12) {
        ASSERT_TRUE(world.has_read_ahead());
        ASSERT_TRUE(world.simulator().inject(fault));
      }
    }
    EXPECT_EQ(reading.distinct().size(), 600U) << fault;
    EXPECT_THAT(world.log().text(),
                HasSubstr(std::string_view(fault).starts_with("ignore-sort") ? "does not keep the order" : "does not keep to _lastUpdated"));
    EXPECT_THAT(world.log().text(), HasSubstr("are asked for one after the other from here on")) << fault;
  }
}

// Some take one of several parameters of a name.
TEST(FhirReadAhead, IsLeftWhereTheServerKeepsToOneLimitOfTimeAlone) {
  for (const char* limit : {"lt", "ge"}) {
    AheadWorld world(patients_a_minute_apart(kAMinuteApart));
    Gate gate(world.simulator());
    gate.takes_out = limit;
    world.options().set("fhir_base_url", gate.base_url());
    const Reading reading = world.read();
    ASSERT_FALSE(reading.error) << reading.error->message();
    EXPECT_EQ(reading.distinct().size(), static_cast<std::size_t>(kAMinuteApart)) << limit;
    EXPECT_EQ(reading.versions.size(), static_cast<std::size_t>(kAMinuteApart)) << limit;
    EXPECT_THAT(world.log().text(), HasSubstr("does not keep to both limits")) << limit;
    EXPECT_THAT(world.log().text(), Not(HasSubstr("does not keep to _lastUpdated"))) << "with one it does";
  }
}

TEST(FhirReadAhead, ReturnsWhatComesBeforeAnErrorAndThenTheError) {
  AheadWorld world(patients_a_minute_apart(kAMinuteApart));
  Gate gate(world.simulator());
  gate.refuses = "_lastUpdated=ge2024-01-01T02%3A";  // searches for what is of the hour of two or later
  world.options().set("fhir_base_url", gate.base_url());
  const Reading broken_off = world.read();
  ASSERT_TRUE(broken_off.error);
  EXPECT_THAT(broken_off.error->message(), HasSubstr("403 (forbidden)"));
  EXPECT_TRUE(world.has_read_ahead());
  // 2:00 is the time of the 121st. A window may end before it, and pages at it.
  EXPECT_GE(broken_off.versions.size(), 110U);
  EXPECT_LE(broken_off.versions.size(), 125U);
  gate.refuses.clear();
  const Reading rest = world.read(broken_off);
  ASSERT_FALSE(rest.error) << rest.error->message();
  EXPECT_EQ(broken_off.versions.size() + rest.versions.size(), static_cast<std::size_t>(kAMinuteApart));
  std::set<std::string> all = broken_off.distinct();
  all.merge(rest.distinct());
  EXPECT_EQ(all.size(), static_cast<std::size_t>(kAMinuteApart));
}

TEST(FhirReadAhead, IsStoppedWhileTheServerHangs) {
  AheadWorld world(patients_a_minute_apart(600));
  const std::unique_ptr<LakeflowConnect> connector = world.connect();
  std::stop_source stop;
  ReadContext context;
  context.log = &world.log();
  context.stop = stop.get_token();
  context.batch_bytes = 100;
  Result<std::unique_ptr<RecordReader>> reader = connector->read_table("Patient", {}, {}, context);
  ASSERT_TRUE(reader);
  Reading reading;
  for (int calls = 0; calls < 8; ++calls) {
    ASSERT_TRUE(world.step(**reader, reading));
  }
  ASSERT_TRUE(world.has_read_ahead());
  ASSERT_TRUE(world.simulator().inject("hang"));
  std::jthread stopper([&stop] {
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
    stop.request_stop();
  });
  const auto start = std::chrono::steady_clock::now();
  while (world.step(**reader, reading)) {
  }
  reader->reset();  // waits for the threads
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(10));
  EXPECT_EQ(reading.error->kind(), ErrorKind::kInterrupted);
}

TEST(FhirReadAhead, LosesNothingWhereItIsStoppedAtAnyRequest) {
  // The counts are among them, and the requests by which the order is judged.
  for (int number = 1; number <= 45; ++number) {
    AheadWorld world(patients_a_minute_apart(kAMinuteApart));
    Gate gate(world.simulator());
    world.options().set("fhir_base_url", gate.base_url());
    std::stop_source stop;
    std::atomic<int> requests = 0;
    gate.before = [&](const std::string&) {
      if (++requests == number) {
        stop.request_stop();
      }
    };
    ReadContext context;
    context.stop = stop.get_token();
    const Reading stopped = world.read({}, SIZE_MAX, context);
    const Reading rest = stopped.end ? Reading() : world.read(stopped);
    ASSERT_FALSE(rest.error) << rest.error->message();
    std::set<std::string> all = stopped.distinct();
    all.merge(rest.distinct());
    EXPECT_EQ(all.size(), static_cast<std::size_t>(kAMinuteApart)) << "stopped at request " << number;
    EXPECT_EQ(stopped.versions.size() + rest.versions.size(), static_cast<std::size_t>(kAMinuteApart)) << number;
  }
}

TEST(FhirReadAhead, LetsGoOfItWhereTheReaderGoes) {
  AheadWorld world(patients_a_minute_apart(600), {});
  const std::unique_ptr<LakeflowConnect> connector = world.connect();
  for (int calls = 2; calls < 6; ++calls) {
    Result<std::unique_ptr<RecordReader>> reader = connector->read_table("Patient", {}, {}, {});
    ASSERT_TRUE(reader);
    Reading reading;
    for (int i = 0; i < calls; ++i) {
      ASSERT_TRUE(world.step(**reader, reading));
    }
  }
}

TEST(FhirReadAhead, ReadsNoFurtherThanItsMemory) {
  AheadWorld world(patients_a_minute_apart(600));
  const std::unique_ptr<LakeflowConnect> connector = world.connect();
  ReadContext context;
  context.log = &world.log();
  context.batch_bytes = 100;  // less than a page, also sixteen of them
  Result<std::unique_ptr<RecordReader>> reader = connector->read_table("Patient", {}, {}, context);
  ASSERT_TRUE(reader);
  Reading reading;
  for (int calls = 0; calls < 10; ++calls) {
    ASSERT_TRUE(world.step(**reader, reading));
  }
  ASSERT_TRUE(world.has_read_ahead());
  std::size_t asked = 0;
  for (std::size_t before = 1; asked != before; asked = world.simulator().requests().size()) {
    before = asked;
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
  }
  // Ten pages were taken; a page may lie there for each of four threads, and each had a window counted.
  EXPECT_LE(asked, 10U + 4U + 10U);
  while (!reading.end) {
    ASSERT_TRUE(world.step(**reader, reading));
  }
  EXPECT_EQ(reading.versions.size(), 600U);
}

TEST(FhirReadAhead, LeavesWhatIsLittle) {
  AheadWorld world(patients_a_minute_apart(20));
  world.options().set("page_size", "10");
  const Reading reading = world.read();
  EXPECT_EQ(reading.versions.size(), 20U);
  EXPECT_LE(world.counts_asked_for(), 6U) << "from minutes to years in a few steps";
  EXPECT_FALSE(world.has_read_ahead());
  world.simulator().forget_requests();
  world.put("Patient", "new");
  EXPECT_THAT(world.read(reading).versions, ElementsAre("new/1"));
  EXPECT_EQ(world.counts_asked_for(), 0U) << "a small cycle asks for no count";
}

TEST(FhirReadAhead, CountsAboutAsOftenAsThereAreWindows) {
  // Few resources in years, then very many in an hour, then few again.
  std::string lines;
  for (int i = 0; i < 40; ++i) {
    lines += patient(fmt::format("a{:04}", i), fmt::format("20{:02}-01-01T00:00:00Z", i < 20 ? i : 20));
  }
  for (int i = 0; i < 3000; ++i) {
    lines += patient(fmt::format("b{:04}", i), format_utc(*parse_utc("2021-06-01T00:00:00Z") + TimestampMicros{i} * 1'200'000));
  }
  for (int i = 0; i < 10; ++i) {
    lines += patient(fmt::format("c{:04}", i), fmt::format("2022-{:02}-01T00:00:00Z", i + 1));
  }
  AheadWorld world(lines);
  world.options().set("page_size", "10");
  const Reading reading = world.read();
  EXPECT_EQ(reading.distinct().size(), 3050U);
  EXPECT_EQ(reading.versions.size(), 3050U);
  const std::size_t pages = world.simulator().requests().size() - world.counts_asked_for();
  EXPECT_LT(world.counts_asked_for(), 110U) << "3050 resources are 38 windows of eight pages";
  EXPECT_LT(pages, 3050U / 9 + 110U);
}

TEST(FhirReadAhead, IsNothingForAServerWithoutAClock) {
  AheadWorld world(patients_a_minute_apart(kAMinuteApart));
  Gate gate(world.simulator());
  gate.without_date = true;
  world.options().set("fhir_base_url", gate.base_url());
  EXPECT_EQ(world.read().distinct().size(), static_cast<std::size_t>(kAMinuteApart));
  EXPECT_FALSE(world.has_read_ahead());
}

TEST(FhirReadAhead, KeepsToTheRequestsASecond) {
  AheadWorld world(patients_a_minute_apart(60));
  world.options().set("requests_per_second", "40");
  const auto start = std::chrono::steady_clock::now();
  EXPECT_EQ(world.read().distinct().size(), 60U);
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
  EXPECT_GE(took.count(), static_cast<double>(world.simulator().requests().size() - 1) / 40);
}

TEST(FhirReadAhead, ServesTheComparisonOfIds) {
  AheadWorld world(mixed_patients());
  world.options().set("delete_check_interval", "0");
  FhirRows rows;
  ReadContext context;
  context.standing_keys = &rows;
  const Reading loaded = world.read({}, SIZE_MAX, context);
  for (const std::string& version : loaded.versions) {
    rows.put(version.substr(0, version.find('/')), parse_utc("2024-01-01T00:00:00Z"));
  }
  for (const char* id : {"p0017", "t0050", "w0000"}) {
    ASSERT_EQ(world.remove("Patient", id), 204);
  }
  world.simulator().forget_requests();
  const Reading reading = world.read(loaded, SIZE_MAX, context);
  ASSERT_FALSE(reading.error) << reading.error->message();
  EXPECT_GT(world.counts_asked_for(), 3U) << "the listing was read ahead";
  std::set<std::string> deleted;
  for (const std::string& each : reading.deletes) {
    deleted.insert(each.substr(0, each.find('@')));
  }
  EXPECT_EQ(deleted, (std::set<std::string>{"p0017", "t0050", "w0000"}));
}

TEST(FhirReadAhead, RefusesNumbersThatMakeNoSense) {
  for (const char* number : {"0", "-1", "65", "9999999999"}) {
    FhirWorld world;
    world.options().set("parallel_requests", number);
    const ConnectorEntry entry = healthcare_connector();
    const auto connector = entry.make(*entry.spec.check_connection_options(world.options()));
    ASSERT_FALSE(connector) << number;
    EXPECT_EQ(connector.error().message(), "connection option parallel_requests is not between 1 and 64");
  }
}

}  // namespace
}  // namespace lakeflow
