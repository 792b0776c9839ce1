// Pages that shift under the reader, as resources are deleted or changed between them: what a server's next links alone would lose.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sources/healthcare/test/fhir_reading.h"

namespace lakeflow {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::IsSupersetOf;

constexpr int kPatients = 60;

struct Server {
  const char* name;
  std::vector<std::string> faults;
  bool ties;                 // all patients have one time
  std::size_t requests = 0;  // that a first read takes where nothing shifts, of pages of ten
};

std::ostream& operator<<(std::ostream& out, const Server& server) { return out << server.name; }

std::string patients_of(const Server& server) { return server.ties ? patients_of_one_time(kPatients) : patients_a_minute_apart(kPatients); }

class ShiftingPages : public testing::TestWithParam<Server> {
 protected:
  ShiftingPages() : world_(patients_of(GetParam()), GetParam().faults) { world_.options().set("page_size", "10"); }
  FhirWorld world_;
};

TEST_P(ShiftingPages, CostLittleWhereTheyStandStill) {
  const Reading reading = world_.read();
  ASSERT_FALSE(reading.error) << reading.error->message();
  EXPECT_EQ(reading.versions.size(), kPatients);
  EXPECT_EQ(world_.simulator().requests().size(), GetParam().requests);
}

TEST_P(ShiftingPages, LoseNothingWhicheverLinkADeletionComesBefore) {
  const std::set<std::string> all = world_.read().distinct();
  ASSERT_EQ(all.size(), kPatients);
  for (int link = 1; link <= 5; ++link) {
    FhirWorld world(patients_of(GetParam()), GetParam().faults);
    world.options().set("page_size", "10");
    ASSERT_TRUE(world.simulator().inject("live-pages"));
    ASSERT_TRUE(world.simulator().inject(fmt::format("delete-under-pages:#{}", link)));
    const Reading reading = world.read();
    ASSERT_FALSE(reading.error) << reading.error->message();
    EXPECT_EQ(reading.distinct(), all) << "deleted before link " << link << ", after it was read";
    EXPECT_EQ(reading.versions.size(), all.size());
    EXPECT_THAT(world.read(reading).versions, IsEmpty());
  }
}

TEST_P(ShiftingPages, LoseNothingWhereResourcesChangeAndAreReplaced) {
  for (int page = 1; page <= 4; ++page) {
    FhirWorld world(patients_of(GetParam()), GetParam().faults);
    world.options().set("page_size", "10");
    ASSERT_TRUE(world.simulator().inject("live-pages"));
    const std::unique_ptr<LakeflowConnect> connector = world.connect();
    Result<std::unique_ptr<RecordReader>> reader = connector->read_table("Patient", {}, {}, {});
    ASSERT_TRUE(reader);
    Reading reading;
    for (int calls = 1; !reading.end; ++calls) {
      ASSERT_TRUE(world.step(**reader, reading)) << reading.error->message();
      if (calls == page + 2) {
        // One that was read moves to the end of the order by time; one goes, and another comes in its place in the order by id.
        const std::string moved = reading.versions[0].substr(0, 5);
        const std::string gone = reading.versions[1].substr(0, 5);
        EXPECT_EQ(world.put("Patient", moved), 200);
        EXPECT_EQ(world.remove("Patient", gone), 204);
        EXPECT_EQ(world.put("Patient", gone + "a"), 201);
      }
    }
    std::set<std::string> firsts;
    for (const std::string& version : reading.versions) {
      if (version.ends_with("/1") && !version.ends_with("a/1")) {
        firsts.insert(version);
      }
    }
    EXPECT_EQ(firsts.size(), kPatients) << "changed after page " << page;
  }
}

TEST_P(ShiftingPages, AreNotTakenForWholeWhereTheyShiftEachTime) {
  ASSERT_TRUE(world_.simulator().inject("live-pages"));
  ASSERT_TRUE(world_.simulator().inject("delete-under-pages"));
  const Reading refused = world_.read();
  ASSERT_TRUE(refused.error);
  EXPECT_EQ(refused.error->kind(), ErrorKind::kSource);
  EXPECT_THAT(refused.error->message(), HasSubstr("Patient: the server's data changed under each of 5 readings"));
  EXPECT_THAT(refused.error->next_step(), HasSubstr("the next run goes over the same time again"));

  world_.simulator().clear_faults();
  for (const std::string& fault : GetParam().faults) {
    ASSERT_TRUE(world_.simulator().inject(fault));
  }
  const Reading rest = world_.read(refused);
  ASSERT_FALSE(rest.error) << rest.error->message();
  std::set<std::string> both = refused.distinct();
  both.merge(rest.distinct());
  EXPECT_THAT(both, IsSupersetOf(world_.read().distinct())) << "what lives is there";
}

INSTANTIATE_TEST_SUITE_P(FhirSearchReader, ShiftingPages,
                         testing::Values(
                             // six pages
                             Server{"NoOrder", {"ignore-sort"}, false, 6},
                             // one to learn that there is no count
                             Server{"NoOrderCountedIfAsked", {"ignore-sort", "no-total=unless-asked"}, false, 7},
                             // all pages twice
                             Server{"NoOrderNoCount", {"ignore-sort", "no-total"}, false, 13},
                             // one to learn of the order, two to learn of the tie, one for what comes after its second
                             Server{"Tie", {}, true, 10}, Server{"TieCountedIfAsked", {"no-total=unless-asked"}, true, 10},
                             Server{"TieNoCount", {"no-total"}, true, 16},
                             // two before it is seen that the filter is not kept
                             Server{"NoFilter", {"ignore-last-updated"}, false, 8}),
                         [](const auto& server) { return server.param.name; });

}  // namespace
}  // namespace lakeflow
