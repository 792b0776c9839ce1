// Snapshots: compared by key and hash, absences deleted at a complete end alone.
#include <arrow/type.h>
#include <gtest/gtest.h>

#include "destinations/duckdb/test/duckdb_fixture.h"

namespace lakeflow::testing {
namespace {

ApplyPlan snapshot_plan() {
  ApplyPlan plan;
  plan.target = {"clinic", "ward"};
  plan.mode = ApplyMode::kSnapshot;
  plan.schema =
      arrow::schema({arrow::field("id", arrow::int64()), arrow::field("name", arrow::utf8()), arrow::field("_content_hash", arrow::int64())});
  plan.key_columns = {"id"};
  return plan;
}

constexpr const char* kAll = "SELECT id, name FROM clinic.ward ORDER BY ALL";

class SnapshotTest : public DuckDbTest {
 protected:
  std::unique_ptr<Destination> destination_ = open();
};

TEST_F(SnapshotTest, ACompleteSnapshotDeletesWhatItLacks) {
  EXPECT_EQ(snapshot_text(*destination_, snapshot_plan(),
                          {R"([{"id":1,"name":"one","_content_hash":1},{"id":2,"name":"two","_content_hash":2}])",
                           R"([{"id":3,"name":"three","_content_hash":3}])"},
                          true),
            "2 inserted\n1 inserted\nnothing\n");
  EXPECT_EQ(snapshot_text(*destination_, snapshot_plan(),
                          {R"([{"id":2,"name":"TWO","_content_hash":-2},{"id":3,"name":"three","_content_hash":3}])",
                           R"([{"id":4,"name":"four","_content_hash":4}])"},
                          true),
            "1 updated, 1 unchanged\n1 inserted\n1 absent\n");
  EXPECT_EQ(query_text(*destination_, kAll), "2 | TWO\n3 | three\n4 | four\n");
}

TEST_F(SnapshotTest, OneThatWasCutShortDeletesNothing) {
  EXPECT_EQ(
      snapshot_text(*destination_, snapshot_plan(), {R"([{"id":1,"name":"one","_content_hash":1},{"id":2,"name":"two","_content_hash":2}])"}, true),
      "2 inserted\nnothing\n");
  EXPECT_EQ(snapshot_text(*destination_, snapshot_plan(), {R"([{"id":3,"name":"three","_content_hash":3}])"}, false), "1 inserted\nnothing\n");
  EXPECT_EQ(query_text(*destination_, kAll), "1 | one\n2 | two\n3 | three\n");
}

TEST_F(SnapshotTest, AnEmptyCompleteSnapshotEmptiesTheTable) {
  EXPECT_EQ(snapshot_text(*destination_, snapshot_plan(), {R"([{"id":1,"name":"one","_content_hash":1}])"}, true), "1 inserted\nnothing\n");
  EXPECT_EQ(snapshot_text(*destination_, snapshot_plan(), {}, true), "1 absent\n");
  EXPECT_EQ(query_text(*destination_, kAll), "");
}

TEST_F(SnapshotTest, WithinASnapshotTheGreatestHashOfAKeyStands) {
  EXPECT_EQ(snapshot_text(*destination_, snapshot_plan(), {R"([{"id":1,"name":"old","_content_hash":90}])"}, true), "1 inserted\nnothing\n");
  EXPECT_EQ(snapshot_text(*destination_, snapshot_plan(),
                          {R"([{"id":1,"name":"five","_content_hash":5},{"id":1,"name":"four","_content_hash":4}])",
                           R"([{"id":1,"name":"three","_content_hash":3}])", R"([{"id":1,"name":"six","_content_hash":6}])",
                           R"([{"id":1,"name":"six","_content_hash":6}])"},
                          true),
            "1 updated, 1 superseded\n1 superseded\n1 updated\n1 unchanged\nnothing\n");
  EXPECT_EQ(query_text(*destination_, kAll), "1 | six\n");
}

}  // namespace
}  // namespace lakeflow::testing
