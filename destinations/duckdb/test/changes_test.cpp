// The change rules of apply_plan.h where DuckDB could break them: rows of the same transaction, tombstones, types as text.
#include <arrow/type.h>
#include <gtest/gtest.h>

#include <string>

#include "destinations/duckdb/test/duckdb_fixture.h"

namespace lakeflow::testing {
namespace {

ApplyPlan changes_plan() {
  ApplyPlan plan;
  plan.target = {"clinic", "Patient"};
  plan.mode = ApplyMode::kChanges;
  plan.schema = arrow::schema({arrow::field("id", arrow::utf8()), arrow::field("seq", arrow::int64()), arrow::field("name", arrow::utf8()),
                               arrow::field("_content_hash", arrow::int64())});
  plan.key_columns = {"id"};
  plan.sequence_columns = {"seq"};
  return plan;
}

constexpr const char* kAll = "SELECT id, seq, name FROM clinic.Patient ORDER BY ALL";

class ChangesTest : public DuckDbTest {
 protected:
  std::unique_ptr<Destination> destination_ = open();
};

TEST_F(ChangesTest, TheHighestSequenceStandsWhateverTheOrderOfArrival) {
  EXPECT_EQ(apply_text(*destination_, changes_plan(),
                       {R"([{"id":"a","seq":1,"name":"A1","_content_hash":1},{"id":"b","seq":5,"name":"B5","_content_hash":2}])",
                        R"([{"id":"a","seq":3,"name":"A3","_content_hash":3},{"id":"b","seq":4,"name":"B4","_content_hash":4}])"}),
            "2 inserted\n1 updated, 1 superseded\n");
  EXPECT_EQ(apply_text(*destination_, changes_plan(),
                       {R"([{"id":"a","seq":2,"name":"A2","_content_hash":5},{"id":"c","seq":1,"name":"C1","_content_hash":6}])"}),
            "1 inserted, 1 superseded\n");
  EXPECT_EQ(query_text(*destination_, kAll), "a | 3 | A3\nb | 5 | B5\nc | 1 | C1\n");
}

TEST_F(ChangesTest, WithinASliceTheBestRowOfAKeyStands) {
  EXPECT_EQ(apply_text(*destination_, changes_plan(),
                       {R"([{"id":"a","seq":1,"name":"A1","_content_hash":1},{"id":"a","seq":3,"name":"A3","_content_hash":3},
                            {"id":"a","seq":2,"name":"A2","_content_hash":2},{"id":"b","seq":1,"name":"B1","_content_hash":4}])"}),
            "2 inserted, 2 superseded\n");
  EXPECT_EQ(query_text(*destination_, kAll), "a | 3 | A3\nb | 1 | B1\n");
}

TEST_F(ChangesTest, OnATieADeleteBeatsAnUpsertAndThenTheGreaterHashWins) {
  EXPECT_EQ(apply_text(*destination_, changes_plan(),
                       {R"([{"id":"a","seq":1,"name":"small","_content_hash":-9},{"id":"a","seq":1,"name":"great","_content_hash":7}])",
                        R"([{"id":"a","seq":1,"name":"greater","_content_hash":8}])", R"([{"id":"a","seq":1,"name":"small","_content_hash":2}])",
                        R"([{"id":"a","seq":1,"name":"greater","_content_hash":8}])"}),
            "1 inserted, 1 superseded\n1 updated\n1 superseded\n1 unchanged\n");
  EXPECT_EQ(query_text(*destination_, kAll), "a | 1 | greater\n");
  EXPECT_EQ(apply_text(*destination_, changes_plan(),
                       {R"([{"id":"a","seq":1,"_content_hash":0,"_delete":true}])", R"([{"id":"a","seq":1,"name":"late","_content_hash":99}])"}),
            "1 deleted\n1 superseded\n");
  EXPECT_EQ(query_text(*destination_, kAll), "");
}

TEST_F(ChangesTest, ALateUpsertLosesToTheTombstoneInLaterTransactionsToo) {
  EXPECT_EQ(apply_text(*destination_, changes_plan(), {R"([{"id":"a","seq":5,"_content_hash":0,"_delete":true}])"}), "1 already gone\n");
  EXPECT_EQ(apply_text(*destination_, changes_plan(),
                       {R"([{"id":"a","seq":4,"name":"late","_content_hash":1},{"id":"b","seq":1,"name":"B","_content_hash":2}])"}),
            "1 inserted, 1 superseded\n");
  EXPECT_EQ(query_text(*destination_,
                       "SELECT destination_table, key::VARCHAR, sequence::VARCHAR, deleted_at > now() - INTERVAL 1 HOUR FROM _lakeflow.tombstones"),
            "clinic.Patient | [a] | [5] | true\n");
  destination_ = nullptr;
  destination_ = open();
  EXPECT_EQ(apply_text(*destination_, changes_plan(), {R"([{"id":"a","seq":6,"name":"back","_content_hash":3}])"}), "1 inserted\n");
  EXPECT_EQ(query_text(*destination_, kAll), "a | 6 | back\nb | 1 | B\n");
  EXPECT_EQ(query_text(*destination_, "SELECT count(*) FROM _lakeflow.tombstones"), "0\n");
}

TEST_F(ChangesTest, SequencesInTombstonesCompareByTypeNotByText) {
  // As texts "9" is after "10".
  EXPECT_EQ(apply_text(*destination_, changes_plan(), {R"([{"id":"a","seq":9,"_content_hash":0,"_delete":true}])"}), "1 already gone\n");
  EXPECT_EQ(apply_text(*destination_, changes_plan(), {R"([{"id":"a","seq":10,"name":"back","_content_hash":3}])"}), "1 inserted\n");
}

TEST_F(ChangesTest, ALaterDeleteMovesTheTombstone) {
  EXPECT_EQ(apply_text(*destination_, changes_plan(),
                       {R"([{"id":"a","seq":5,"_content_hash":0,"_delete":true}])", R"([{"id":"a","seq":8,"_content_hash":0,"_delete":true}])",
                        R"([{"id":"a","seq":8,"_content_hash":0,"_delete":true}])", R"([{"id":"a","seq":7,"name":"late","_content_hash":0}])"}),
            "1 already gone\n1 already gone\n1 already gone\n1 superseded\n");
  EXPECT_EQ(query_text(*destination_, "SELECT sequence::VARCHAR FROM _lakeflow.tombstones"), "[8]\n");
}

TEST_F(ChangesTest, RowsOfTheSameTransactionAreReplacedAndDeletedLikeOthers) {
  EXPECT_EQ(
      apply_text(
          *destination_, changes_plan(),
          {R"([{"id":"a","seq":1,"name":"A1","_content_hash":1},{"id":"b","seq":1,"name":"B1","_content_hash":2},{"id":"c","seq":1,"name":"C1","_content_hash":2}])",
           R"([{"id":"a","seq":2,"name":"A2","_content_hash":3},{"id":"b","seq":2,"_content_hash":0,"_delete":true}])",
           R"([{"id":"a","seq":3,"_content_hash":0,"_delete":true},{"id":"b","seq":3,"name":"B3","_content_hash":4}])",
           R"([{"id":"a","seq":4,"name":"A4","_content_hash":5},{"id":"c","seq":4,"name":"C4","_content_hash":6}])"}),
      "3 inserted\n1 updated, 1 deleted\n1 inserted, 1 deleted\n1 inserted, 1 updated\n");
  EXPECT_EQ(query_text(*destination_, kAll), "a | 4 | A4\nb | 3 | B3\nc | 4 | C4\n");
}

TEST_F(ChangesTest, CompositeKeysAndSequencesInStructsOfEveryOrderedType) {
  ApplyPlan plan;
  plan.target = {"clinic", "visit"};
  plan.mode = ApplyMode::kChanges;
  plan.schema = arrow::schema(
      {arrow::field("site", arrow::utf8()), arrow::field("number", arrow::int64()),
       arrow::field("meta", arrow::struct_({arrow::field("updated", arrow::timestamp(arrow::TimeUnit::MICRO, "UTC")),
                                            arrow::field("version", arrow::struct_({arrow::field("minor", arrow::decimal128(20, 3))}))})),
       arrow::field("_content_hash", arrow::int64())});
  plan.key_columns = {"site", "number"};
  plan.sequence_columns = {"meta.updated", "meta.version.minor"};
  EXPECT_EQ(apply_text(*destination_, plan,
                       {R"([{"site":"x","number":1,"meta":{"updated":1000001,"version":{"minor":"9.500"}},"_content_hash":1},
                            {"site":"x","number":2,"meta":{"updated":1000001,"version":{"minor":"9.500"}},"_content_hash":2},
                            {"site":"y","number":1,"meta":{"updated":1000001,"version":{"minor":"9.500"}},"_content_hash":3}])",
                        R"([{"site":"x","number":1,"meta":{"updated":1000001,"version":{"minor":"10.000"}},"_content_hash":4},
                            {"site":"x","number":2,"meta":{"updated":1000000,"version":{"minor":"99.000"}},"_content_hash":5},
                            {"site":"y","number":1,"meta":{"updated":1000001,"version":{"minor":"9.501"}},"_content_hash":0,"_delete":true}])"}),
            "3 inserted\n1 updated, 1 superseded, 1 deleted\n");
  EXPECT_EQ(apply_text(*destination_, plan,
                       {R"([{"site":"y","number":1,"meta":{"updated":1000001,"version":{"minor":"9.500"}},"_content_hash":9}])",
                        R"([{"site":"y","number":1,"meta":{"updated":1000001,"version":{"minor":"9.502"}},"_content_hash":9}])"}),
            "1 superseded\n1 inserted\n");
  EXPECT_EQ(query_text(*destination_, "SELECT site, number, meta.version.minor FROM clinic.visit ORDER BY ALL"),
            "x | 1 | 10.000\nx | 2 | 9.500\ny | 1 | 9.502\n");
}

TEST_F(ChangesTest, ATableThatHasAKeyTwiceIsRefused) {
  ApplyPlan append = changes_plan();
  append.mode = ApplyMode::kAppend;
  EXPECT_EQ(apply_text(*destination_, append, {R"([{"id":"a","seq":1,"_content_hash":1},{"id":"a","seq":2,"_content_hash":1}])"}), "2 inserted\n");
  EXPECT_EQ(
      apply_text(*destination_, changes_plan(), {R"([{"id":"a","seq":3,"_content_hash":1}])"}),
      "destination: table clinic.Patient has several rows of one key / It was written by another program or in another mode: ingest it anew with "
      "--full-refresh, or into another table");
  EXPECT_EQ(query_text(*destination_, "SELECT count(*) FROM clinic.Patient"), "2\n");
}

TEST_F(ChangesTest, ColumnsMayBearTheNamesThatTheRulesUse) {
  ApplyPlan plan;
  plan.target = {"clinic", "row"};
  plan.mode = ApplyMode::kChanges;
  plan.schema = arrow::schema({arrow::field("key_0", arrow::int64()), arrow::field("row", arrow::utf8()), arrow::field("delete", arrow::int64()),
                               arrow::field("target_row", arrow::utf8()), arrow::field("outcome", arrow::utf8()),
                               arrow::field("_content_hash", arrow::int64())});
  plan.key_columns = {"row"};
  plan.sequence_columns = {"delete"};
  EXPECT_EQ(apply_text(*destination_, plan,
                       {R"([{"key_0":1,"row":"a","delete":1,"target_row":"x","outcome":"y","_content_hash":1}])",
                        R"([{"key_0":2,"row":"a","delete":2,"target_row":"X","outcome":"Y","_content_hash":2}])"}),
            "1 inserted\n1 updated\n");
  EXPECT_EQ(query_text(*destination_, "SELECT * FROM clinic.row"), "2 | a | 2 | X | Y | 2\n");
}

TEST_F(ChangesTest, AnEmptySliceChangesNothing) { EXPECT_EQ(apply_text(*destination_, changes_plan(), {"[]"}), "nothing\n"); }

TEST_F(ChangesTest, ManyRowsAcrossBlocksKeepTheirContent) {
  // Every third row of 10,000 wins: chosen rows are taken out of the middle of DuckDB's blocks of 2,048.
  std::string first = "[", second = "[";
  for (int i = 0; i < 10000; ++i) {
    const std::string id = std::to_string(i);
    first += std::string(i == 0 ? "" : ",") + R"({"id":")" + id + R"(","seq":5,"name":"first )" + id + R"(","_content_hash":1})";
    second += std::string(i == 0 ? "" : ",") + R"({"id":")" + id + R"(","seq":)" + (i % 3 == 0 ? "6" : "4") + R"(,"name":"second and longer )" + id +
              R"(","_content_hash":2})";
  }
  EXPECT_EQ(apply_text(*destination_, changes_plan(), {first + "]", second + "]"}), "10000 inserted\n3334 updated, 6666 superseded\n");
  EXPECT_EQ(query_text(*destination_,
                       "SELECT count(*), count(DISTINCT id), count(*) FILTER (name = 'second and longer ' || id AND id::INT % 3 = 0), "
                       "count(*) FILTER (name = 'first ' || id AND id::INT % 3 <> 0) FROM clinic.Patient"),
            "10000 | 10000 | 3334 | 6666\n");
}

// DuckDB writes rows again at COMMIT of which the same transaction deleted some, and brings values into members of structs that were null in all
// of a row group, where more of them were written than a row group takes.
TEST_F(ChangesTest, ManyRowsOfATransactionThatChangesSomeOfThemKeepTheirNulls) {
  for (const HistoryMode history : {HistoryMode::kCurrent, HistoryMode::kVersions}) {
    ApplyPlan plan = changes_plan();
    plan.history = history;
    plan.target.table = history == HistoryMode::kCurrent ? "current" : "versions";
    arrow::FieldVector fields = plan.schema->fields();
    fields.push_back(arrow::field("s", arrow::struct_({arrow::field("a", arrow::int64()), arrow::field("never", arrow::int64())})));
    fields.push_back(arrow::field("none", arrow::struct_({arrow::field("b", arrow::int64())})));
    if (history == HistoryMode::kVersions) {
      fields.push_back(arrow::field("__START_AT", arrow::int64()));
      fields.push_back(arrow::field("__END_AT", arrow::int64()));
    }
    plan.schema = arrow::schema(std::move(fields));
    constexpr int kRows = 60'000;
    std::string rows;
    for (int i = 0; i < kRows; ++i) {
      rows += (i == 0 ? "[" : ",") + std::string(R"({"id":")") + std::to_string(i) + R"(","seq":5,"_content_hash":1,"s":{"a":1}})";
    }
    // Of versions the first goes where another of its key and sequence has the greater hash.
    EXPECT_EQ(apply_text(*destination_, plan,
                         {rows + "]", R"([{"id":"7","seq":5,"_content_hash":2,"s":{"a":2}}])",
                          R"([{"id":"30000","seq":5,"_content_hash":2,"s":{"a":2}},{"id":"new","seq":5,"_content_hash":2}])"}),
              "60000 inserted\n1 updated\n1 inserted, 1 updated\n");
    EXPECT_EQ(query_text(*destination_, "SELECT count(*), sum(s.a), count(s.never), count(none), count(none.b) FROM clinic." + plan.target.table),
              "60001 | 60002 | 0 | 0 | 0\n");
    // Few rows at first, and one of them changed, then many.
    plan.target.table += "_late";
    EXPECT_EQ(apply_text(*destination_, plan,
                         {R"([{"id":"x","seq":5,"_content_hash":1,"s":{"a":1}},{"id":"y","seq":5,"_content_hash":1,"s":{"a":1}}])",
                          R"([{"id":"x","seq":5,"_content_hash":2,"s":{"a":2}}])", rows + "]"}),
              "2 inserted\n1 updated\n60000 inserted\n");
    EXPECT_EQ(query_text(*destination_, "SELECT count(*), sum(s.a), count(s.never), count(none), count(none.b) FROM clinic." + plan.target.table),
              "60002 | 60003 | 0 | 0 | 0\n");
  }
}

}  // namespace
}  // namespace lakeflow::testing
