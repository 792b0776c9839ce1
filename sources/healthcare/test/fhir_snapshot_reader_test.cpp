// strategy: compare, the whole of a type with each read. The server is the simulator, over HTTP.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sources/healthcare/test/fhir_reading.h"

namespace lakeflow {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

class SnapshotWorld : public FhirWorld {
 public:
  explicit SnapshotWorld(std::string_view resources = {}, std::vector<std::string> faults = {}) : FhirWorld(resources, std::move(faults)) {
    options().set("strategy", "compare");
    options().set("page_size", "7");
  }
};

TEST(FhirSnapshotReader, GivesTheWholeTableEachTime) {
  SnapshotWorld world(patients_a_minute_apart(30));
  for (int run = 0; run < 2; ++run) {
    const Reading reading = world.read();
    ASSERT_FALSE(reading.error) << reading.error->message();
    EXPECT_EQ(reading.end, End::kComplete);
    EXPECT_EQ(reading.versions.size(), 30U);
    EXPECT_TRUE(reading.offset.is_start());
  }
  const auto metadata = world.connect()->read_table_metadata("Patient", {});
  ASSERT_TRUE(metadata);
  EXPECT_EQ(metadata->ingestion_type, IngestionType::kSnapshot);
  EXPECT_EQ(metadata->cursor_field, "");
}

TEST(FhirSnapshotReader, TakesResourcesWithoutATime) {
  SnapshotWorld world("", {"omit-last-updated"});
  for (int i = 0; i < 20; ++i) {
    world.put("Patient", fmt::format("a{}", i));
  }
  const Reading reading = world.read();
  EXPECT_EQ(reading.end, End::kComplete);
  EXPECT_EQ(reading.versions.size(), 20U);
  EXPECT_THAT(reading.broken, IsEmpty());
}

TEST(FhirSnapshotReader, IsNotCompleteWhereTheServerCutsTheListing) {
  SnapshotWorld world(patients_a_minute_apart(30), {"short-search=12"});
  const Reading reading = world.read();
  ASSERT_FALSE(reading.error) << reading.error->message();
  EXPECT_EQ(reading.end, End::kCaughtUp) << "so nothing is deleted";
  EXPECT_EQ(reading.versions.size(), 12U);
  EXPECT_THAT(world.log().text(), HasSubstr("fewer resources than it counts"));

  world.options().set("page_size", "100");
  EXPECT_EQ(world.read().end, End::kCaughtUp) << "one page that is too short is no other thing";
}

TEST(FhirSnapshotReader, IsNotCompleteWherePagesShift) {
  SnapshotWorld world(patients_a_minute_apart(30), {"live-pages", "delete-under-pages", "no-total"});
  const Reading reading = world.read();
  ASSERT_FALSE(reading.error) << reading.error->message();
  EXPECT_EQ(reading.end, End::kCaughtUp);
  EXPECT_THAT(world.log().text(), HasSubstr("changed under each reading"));
}

TEST(FhirSnapshotReader, ReadsAgainUntilItIsWhole) {
  SnapshotWorld world(patients_a_minute_apart(30), {"live-pages", "delete-under-pages:2", "no-total"});
  const Reading reading = world.read();
  ASSERT_FALSE(reading.error) << reading.error->message();
  EXPECT_EQ(reading.end, End::kComplete);
  EXPECT_GE(reading.versions.size(), 28U);
}

TEST(FhirSnapshotReader, HasNoPlaceToReadOnFrom) {
  SnapshotWorld world;
  auto connector = world.connect();
  auto* by_hand = dynamic_cast<OffsetByHand*>(connector.get());
  ASSERT_NE(by_hand, nullptr);
  EXPECT_FALSE(by_hand->offset_at({.table_name = "Patient", .table_options = {}}, 0));
}

}  // namespace
}  // namespace lakeflow
