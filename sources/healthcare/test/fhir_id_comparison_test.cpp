// Finding deletes on a server that tells of none: its ids against those of the table. The server is the simulator, over HTTP.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sources/healthcare/test/fhir_reading.h"

namespace lakeflow {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;
using testing::StartsWith;
using testing::UnorderedElementsAre;

// A table that was loaded and is compared with each run; its rows are those that the readings brought and did not delete.
class ComparedWorld : public FhirWorld {
 public:
  explicit ComparedWorld(std::string_view resources = {}, std::vector<std::string> faults = {}) : FhirWorld(resources, std::move(faults)) {
    options().set("delete_check_interval", "0");
    options().set("page_size", "7");
    reading_ = run();
  }

  // One run, whose rows are committed.
  Reading run() {
    ReadContext context;
    context.standing_keys = &rows_;
    Reading reading = read(reading_, SIZE_MAX, context);
    for (const std::string& version : reading.versions) {
      const std::string id = version.substr(0, version.find('/'));
      rows_.put(id, last_updated("Patient", id));
    }
    for (const std::string& deletion : reading.deletes) {
      rows_.remove(deletion.substr(0, deletion.find('@')));
    }
    reading_ = reading;
    return reading;
  }
  FhirRows& rows() { return rows_; }

 private:
  FhirRows rows_;
  Reading reading_;
};

TEST(FhirIdComparison, FindsWhatWasDeleted) {
  ComparedWorld world(patients_a_minute_apart(30));
  EXPECT_THAT(world.rows().ids(), SizeIs(30));
  world.remove("Patient", "p0003");
  world.remove("Patient", "p0017");
  world.put("Patient", "new");
  const Reading reading = world.run();
  ASSERT_FALSE(reading.error) << reading.error->message();
  EXPECT_EQ(reading.end, End::kCaughtUp);
  EXPECT_THAT(reading.versions, ElementsAre("new/1"));
  EXPECT_THAT(reading.deletes, UnorderedElementsAre(StartsWith("p0003@"), StartsWith("p0017@")));
  EXPECT_THAT(world.run().deletes, IsEmpty());
  EXPECT_EQ(world.rows().ids().size(), 29U);
}

TEST(FhirIdComparison, PutsADeleteAfterItsRowAndBeforeAReturn) {
  ComparedWorld world(patients_a_minute_apart(3));
  world.remove("Patient", "p0001");
  const Reading gone = world.run();
  ASSERT_THAT(gone.deletes, SizeIs(1));
  const TimestampMicros time = *parse_utc(gone.deletes.front().substr(gone.deletes.front().find('@') + 1));
  world.put("Patient", "p0001");
  EXPECT_THAT(world.run().versions, ElementsAre("p0001/3"));
  EXPECT_LT(time, world.last_updated("Patient", "p0001"));
  EXPECT_GT(time, *parse_utc("2024-01-01T00:00:00Z"));
}

TEST(FhirIdComparison, DeletesNothingThatAListingLacks) {
  // A server that gives no more than so many resources of any search, in no order to go on by.
  ComparedWorld world(patients_a_minute_apart(30));
  ASSERT_TRUE(world.simulator().inject("short-search=12"));
  ASSERT_TRUE(world.simulator().inject("ignore-sort=silently"));
  world.remove("Patient", "p0003");
  const Reading reading = world.run();
  ASSERT_FALSE(reading.error) << reading.error->message();
  EXPECT_THAT(reading.deletes, ElementsAre(StartsWith("p0003@")));
  EXPECT_THAT(world.log().text(), HasSubstr("resources are not in the server's listing, but it gives them when asked for by id"));
  EXPECT_EQ(world.rows().ids().size(), 29U);
}

TEST(FhirIdComparison, KeepsRowsOfWhichTheServerSaysNothing) {
  ComparedWorld world(patients_a_minute_apart(5));
  world.rows().put("elsewhere", parse_utc("2024-01-01T00:00:00Z"));
  ASSERT_TRUE(world.simulator().inject("status=403:#3"));  // changes, listing, then the question
  const Reading reading = world.run();
  ASSERT_FALSE(reading.error) << reading.error->message();
  EXPECT_THAT(reading.deletes, IsEmpty()) << world.log().text();
  EXPECT_THAT(world.log().text(), HasSubstr("does not say whether they are there"));
}

TEST(FhirIdComparison, RefusesToDeleteMuchAtOnce) {
  ComparedWorld world(patients_a_minute_apart(600));
  world.options().set("page_size", "200");
  for (int i = 0; i < 200; ++i) {
    world.remove("Patient", fmt::format("p{:04}", i));
  }
  const Reading refused = world.run();
  ASSERT_TRUE(refused.error);
  EXPECT_THAT(refused.error->message(), HasSubstr("200 of the 600 rows of Patient are not among the resources"));
  EXPECT_THAT(refused.deletes, IsEmpty());

  world.options().set("delete_check_limit", "100");
  EXPECT_THAT(world.run().deletes, SizeIs(200));
}

TEST(FhirIdComparison, ListsServersThatDoNotSortOrCount) {
  for (const char* fault : {"ignore-sort=silently", "no-total", "ignore-last-updated=silently", "expired-pages:2"}) {
    SCOPED_TRACE(fault);
    ComparedWorld world(patients_a_minute_apart(30));
    ASSERT_TRUE(world.simulator().inject(fault));
    world.remove("Patient", "p0003");
    const Reading reading = world.run();
    ASSERT_FALSE(reading.error) << reading.error->message();
    EXPECT_THAT(reading.deletes, ElementsAre(StartsWith("p0003@")));
  }
}

TEST(FhirIdComparison, AsksForIdsAlone) {
  ComparedWorld world(patients_a_minute_apart(30));
  world.simulator().forget_requests();
  world.run();
  std::size_t listing = 0;
  for (const AnsweredRequest& request : world.simulator().requests()) {
    listing += request.query.find("_elements=id,meta") != std::string::npos ? 1U : 0U;
    EXPECT_EQ(request.status, 200);
  }
  EXPECT_GE(listing, 5U);
}

TEST(FhirIdComparison, IsDueAfterItsIntervalAlone) {
  FhirWorld world(patients_a_minute_apart(5));
  world.options().set("delete_check_interval", "1h");
  FhirRows rows;
  rows.put("gone", parse_utc("2024-01-01T00:00:00Z"));
  ReadContext context;
  context.standing_keys = &rows;
  const Reading loaded = world.read({}, SIZE_MAX, context);
  EXPECT_THAT(loaded.deletes, IsEmpty()) << "a first load brings all there is";
  EXPECT_THAT(world.read(loaded, SIZE_MAX, context).deletes, IsEmpty());

  // An offset of before there were comparisons: one is due.
  Reading old = loaded;
  old.offset = Offset(R"({"at":"2024-01-01T00:04:00Z"})");
  const Reading first = world.read(old, SIZE_MAX, context);
  EXPECT_THAT(first.deletes, ElementsAre(StartsWith("gone@")));
  EXPECT_THAT(first.offset.json(), HasSubstr("\"compared\":"));
  EXPECT_THAT(world.read(first, SIZE_MAX, context).deletes, IsEmpty()) << "an hour has not passed";

  world.options().set("delete_check_interval", "never");
  EXPECT_THAT(world.read(old, SIZE_MAX, context).deletes, IsEmpty());
}

TEST(FhirIdComparison, GoesOnWhereItWasStopped) {
  ComparedWorld world(patients_a_minute_apart(90));
  for (int i = 0; i < 80; ++i) {
    world.remove("Patient", fmt::format("p{:04}", i));
  }
  // Only the first half is committed, as if the process had died.
  FhirRows& rows = world.rows();
  ReadContext context;
  context.standing_keys = &rows;
  std::set<std::string> deleted;
  Reading reading = world.read();
  for (int piece = 0; piece < 10 && deleted.size() < 80; ++piece) {
    const Reading next = world.read(reading, 18 + 2 * static_cast<std::size_t>(piece), context);
    ASSERT_FALSE(next.error) << next.error->message();
    for (const std::string& deletion : next.deletes) {
      const std::string id = deletion.substr(0, deletion.find('@'));
      EXPECT_TRUE(deleted.insert(id).second) << id << " twice";
      rows.remove(id);
    }
    reading.offset = next.offset;
    reading.state = next.state;
  }
  EXPECT_EQ(deleted.size(), 80U);
}

}  // namespace
}  // namespace lakeflow
