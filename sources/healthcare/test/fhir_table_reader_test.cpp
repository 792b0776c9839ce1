// Which way a table is read, how that is found and remembered, and what a person is told of it.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sources/healthcare/test/fhir_reading.h"

namespace lakeflow {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

class AutoWorld : public FhirWorld {
 public:
  explicit AutoWorld(std::string_view resources = {}, std::vector<std::string> faults = {}) : FhirWorld(resources, std::move(faults)) {
    options().set("strategy", "auto");
  }
  std::size_t requests_for(std::string_view path) {
    std::size_t count = 0;
    for (const AnsweredRequest& request : simulator().requests()) {
      count += request.path == path ? 1U : 0U;
    }
    return count;
  }
  // What a check says of the strategy.
  CheckFinding checked(Options table_options = {}) {
    auto connector = connect();
    const TableRequest table{"Patient", std::move(table_options)};
    const auto findings = dynamic_cast<ConnectionCheck*>(connector.get())->check_connection({&table, 1}, {});
    EXPECT_TRUE(findings);
    EXPECT_EQ(findings->size(), 3U);
    return findings->back();
  }
};

TEST(FhirTableReader, TakesTheHistoryWhereTheServerHasOne) {
  AutoWorld world(patients_a_minute_apart(5));
  const Reading loaded = world.read();
  EXPECT_THAT(loaded.offset.json(), HasSubstr(R"("found":"history")"));
  world.remove("Patient", "p0001");
  world.put("Patient", "p0002");
  world.put("Patient", "p0002", R"(,"active":true)");
  world.simulator().forget_requests();
  const Reading reading = world.read(loaded);
  EXPECT_THAT(reading.deletes, ElementsAre(StartsWith("p0001@")));
  EXPECT_EQ(reading.distinct(), (std::set<std::string>{"p0002/2", "p0002/3"}));
  EXPECT_EQ(world.requests_for("/fhir/metadata"), 0U) << "found once";
}

TEST(FhirTableReader, SearchesWhereTheServerHasNoHistory) {
  for (const char* fault : {"no-history", "no-history=declared", "status=404@metadata"}) {
    AutoWorld world(patients_a_minute_apart(5), {fault});
    const Reading loaded = world.read();
    ASSERT_FALSE(loaded.error) << loaded.error->message();
    EXPECT_THAT(loaded.offset.json(), HasSubstr(R"("found":"search")")) << fault;
    world.put("Patient", "p0002");
    EXPECT_THAT(world.read(loaded).versions, ElementsAre("p0002/2")) << fault;
  }
}

TEST(FhirTableReader, AsksAgainWhereItCouldNotBeKnown) {
  AutoWorld world(patients_a_minute_apart(5), {"status=500@metadata"});
  world.options().set("retry_budget", "1");
  const Reading loaded = world.read();
  ASSERT_FALSE(loaded.error) << "a bad day of /metadata is none of the load's";
  EXPECT_THAT(loaded.offset.json(), Not(HasSubstr("found")));
  world.simulator().clear_faults();
  world.remove("Patient", "p0001");
  const Reading reading = world.read(loaded);
  EXPECT_THAT(reading.offset.json(), HasSubstr(R"("found":"history")"));
  EXPECT_THAT(reading.deletes, ElementsAre(StartsWith("p0001@")));
}

TEST(FhirTableReader, GoesOnFromAnOffsetOfBeforeThereWereStrategies) {
  AutoWorld world(patients_a_minute_apart(5));
  Reading old;
  old.offset = Offset(R"({"at":"2024-01-01T00:04:00Z"})");
  world.remove("Patient", "p0001");
  const Reading reading = world.read(old);
  ASSERT_FALSE(reading.error) << reading.error->message();
  EXPECT_THAT(reading.deletes, ElementsAre(StartsWith("p0001@")));
  EXPECT_THAT(reading.offset.json(), HasSubstr(R"("found":"history")"));

  // In the middle of a pass: that is ended by search.
  Reading in_pass;
  in_pass.offset = Offset(R"({"at":"2024-01-01T00:03:00Z","pass":{"date":"2024-01-01T01:00:00Z","high":"2024-01-01T00:03:00Z"}})");
  const Reading ended = world.read(in_pass);
  ASSERT_FALSE(ended.error) << ended.error->message();
  EXPECT_THAT(ended.offset.json(), Not(HasSubstr("\"pass\"")));
  EXPECT_THAT(ended.offset.json(), HasSubstr(R"("found":"history")"));
}

TEST(FhirTableReader, FallsBackAndSaysSoWhereTheHistoryGoesAway) {
  AutoWorld world(patients_a_minute_apart(5));
  const Reading loaded = world.read();
  ASSERT_TRUE(world.simulator().inject("no-history"));
  world.put("Patient", "p0002");
  const Reading reading = world.read(loaded);
  ASSERT_FALSE(reading.error) << reading.error->message();
  EXPECT_THAT(reading.versions, ElementsAre("p0002/2"));
  EXPECT_THAT(reading.offset.json(), HasSubstr(R"("found":"search")"));
  EXPECT_THAT(world.log().text(), HasSubstr("warning: the server no longer gives the history of the table"));

  // A bad day is no reason.
  AutoWorld bad(patients_a_minute_apart(5));
  bad.options().set("retry_budget", "1");
  const Reading before = bad.read();
  ASSERT_TRUE(bad.simulator().inject("status=500"));
  const Reading failed = bad.read(before);
  EXPECT_TRUE(failed.error);
  EXPECT_EQ(failed.offset, before.offset);
}

TEST(FhirTableReader, SearchesWhereTheTableHasAFilter) {
  AutoWorld world("", {});
  world.put("Patient", "f", R"(,"gender":"female")");
  world.put("Patient", "m", R"(,"gender":"male")");
  world.table_options().set("search_filter", "gender=female");
  const Reading loaded = world.read();
  ASSERT_FALSE(loaded.error) << loaded.error->message();
  EXPECT_THAT(loaded.versions, ElementsAre("f/1"));
  world.put("Patient", "m", R"(,"gender":"male","active":true)");
  EXPECT_THAT(world.read(loaded).versions, IsEmpty()) << "a history would bring it";
  EXPECT_THAT(world.checked({{"search_filter", "gender=female"}}).message, StartsWith("search, as the table has a search_filter: "));
  EXPECT_FALSE(world.connect()->read_table_metadata("Patient", {{"search_filter", "gender=female"}, {"strategy", "history"}}));
}

TEST(FhirTableReader, StopsWhereWhatTheTableTakesWasChanged) {
  AutoWorld world("", {});
  world.put("Patient", "f", R"(,"gender":"female")");
  world.put("Patient", "m", R"(,"gender":"male")");
  world.table_options().set("search_filter", "gender=female");
  const Reading loaded = world.read();
  ASSERT_FALSE(loaded.error) << loaded.error->message();
  for (const Options& changed :
       {Options{{"search_filter", "gender=male"}}, Options(), Options{{"search_filter", "gender=female"}, {"elements", "name"}}}) {
    const auto refused = world.connect()->read_table("Patient", loaded.offset, changed, {});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind(), ErrorKind::kUser);
    EXPECT_THAT(refused.error().message(), StartsWith("search_filter or elements of Patient were changed"));
    EXPECT_THAT(refused.error().next_step(), HasSubstr("--full-refresh"));
  }
  // A person who wants to keep the rows says from when to read on.
  const Result<Offset> by_hand = dynamic_cast<OffsetByHand*>(world.connect().get())->offset_at({"Patient", {{"search_filter", "gender=male"}}}, 0);
  ASSERT_TRUE(by_hand) << by_hand.error().message();
  world.table_options().set("search_filter", "gender=male");
  Reading kept = loaded;
  kept.offset = *by_hand;
  kept.state = {};
  EXPECT_THAT(world.read(kept).versions, ElementsAre("m/1"));
}

TEST(FhirTableReader, SaysWhereAHistoryLeavesDeletionsOut) {
  AutoWorld world(patients_a_minute_apart(5), {"omit-tombstones"});
  world.options().set("delete_check_interval", "0");
  FhirRows rows;
  for (int i = 0; i < 5; ++i) {
    rows.put(fmt::format("p000{}", i), parse_utc("2024-01-01T00:00:00Z"));
  }
  ReadContext context;
  context.standing_keys = &rows;
  const Reading loaded = world.read({}, SIZE_MAX, context);
  world.remove("Patient", "p0001");
  const Reading reading = world.read(loaded, SIZE_MAX, context);
  EXPECT_THAT(reading.deletes, ElementsAre(StartsWith("p0001@"))) << "found by the comparison";
  EXPECT_THAT(world.log().text(), HasSubstr("history leaves deletions out"));
}

TEST(FhirTableReader, KeepsWhatCameBeforeATokenEnded) {
  AutoWorld world(patients_a_minute_apart(30), {"status=401:#3"});
  world.options().set("page_size", "7");
  const Reading broken_off = world.read();
  ASSERT_TRUE(broken_off.error);
  EXPECT_FALSE(broken_off.versions.empty());
  EXPECT_FALSE(broken_off.offset.is_start());
  const Reading rest = world.read(broken_off);
  ASSERT_FALSE(rest.error) << rest.error->message();
  EXPECT_EQ(broken_off.versions.size() + rest.versions.size(), 30U);
}

TEST(FhirTableReader, HasAnIngestionTypeByItsOptionsAlone) {
  AutoWorld world;
  world.simulator().stop();
  auto connector = world.connect();
  const auto type_of = [&connector](Options options) {
    const auto metadata = connector->read_table_metadata("Patient", options);
    EXPECT_TRUE(metadata);
    return metadata->ingestion_type;
  };
  EXPECT_EQ(type_of({}), IngestionType::kCdcWithDeletes);
  EXPECT_EQ(type_of({{"strategy", "history"}}), IngestionType::kCdcWithDeletes);
  EXPECT_EQ(type_of({{"strategy", "search"}}), IngestionType::kCdcWithDeletes);
  EXPECT_EQ(type_of({{"strategy", "search"}, {"delete_check_interval", "never"}}), IngestionType::kCdc);
  EXPECT_EQ(type_of({{"strategy", "compare"}}), IngestionType::kSnapshot);
  EXPECT_FALSE(connector->read_table_metadata("Patient", {{"delete_check_interval", "often"}}));
}

TEST(FhirTableReader, ChecksTellOfTheStrategy) {
  AutoWorld world(patients_a_minute_apart(5));
  CheckFinding finding = world.checked();
  EXPECT_TRUE(finding.passed);
  EXPECT_EQ(finding.subject, "strategy of Patient");
  EXPECT_EQ(finding.message,
            "history, as the server declares history-type and answers it: every version and deletion after the first load, which shows the newest "
            "versions only; ids are compared every 7d");
  finding = world.checked({{"strategy", "search"}, {"delete_check_interval", "90m"}});
  EXPECT_EQ(
      finding.message,
      "search, as it was chosen: the newest version at each run, so with SCD_TYPE_2 versions between two runs are missing; ids are compared every "
      "90m to find deletions");
  finding = world.checked({{"strategy", "search"}, {"delete_check_interval", "never"}});
  EXPECT_THAT(finding.message, HasSubstr("deletions are not seen"));

  ASSERT_TRUE(world.simulator().inject("no-history"));
  finding = world.checked();
  EXPECT_THAT(finding.message, StartsWith("search, as the server does not declare history-type: "));
  finding = world.checked({{"strategy", "history"}});
  EXPECT_FALSE(finding.passed);
  EXPECT_EQ(finding.message, "history: the server answers _history with 405");

  AutoWorld timeless("", {"omit-last-updated"});
  timeless.put("Patient", "a");
  finding = timeless.checked();
  EXPECT_FALSE(finding.passed);
  EXPECT_THAT(finding.next_step, HasSubstr("strategy: compare"));
  EXPECT_TRUE(timeless.checked({{"strategy", "compare"}}).passed);
}

}  // namespace
}  // namespace lakeflow
