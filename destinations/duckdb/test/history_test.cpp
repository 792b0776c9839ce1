// Tables with history where DuckDB could break the rules: another kind of table, more keys than memory, restarts.
#include <arrow/array/builder_binary.h>
#include <arrow/array/builder_primitive.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "destinations/duckdb/test/duckdb_fixture.h"

namespace lakeflow::testing {
namespace {

ApplyPlan plan_of(ApplyMode mode, HistoryMode history) {
  ApplyPlan plan;
  plan.target = {"clinic", "Patient"};
  plan.mode = mode;
  plan.history = history;
  arrow::FieldVector fields = {arrow::field("id", arrow::utf8()), arrow::field("seq", arrow::int64())};
  if (mode != ApplyMode::kAppend) {
    fields.push_back(arrow::field("_content_hash", arrow::int64()));
    plan.key_columns = {"id"};
  }
  if (mode == ApplyMode::kChanges) plan.sequence_columns = {"seq"};
  if (history == HistoryMode::kVersions) {
    const auto type = mode == ApplyMode::kSnapshot ? arrow::timestamp(arrow::TimeUnit::MICRO, "UTC") : arrow::int64();
    fields.push_back(arrow::field("__START_AT", type));
    fields.push_back(arrow::field("__END_AT", type));
  }
  plan.schema = arrow::schema(std::move(fields));
  return plan;
}

const ApplyPlan kCurrentPlan = plan_of(ApplyMode::kChanges, HistoryMode::kCurrent);
const ApplyPlan kHistoryPlan = plan_of(ApplyMode::kChanges, HistoryMode::kVersions);
const ApplyPlan kAppendPlan = plan_of(ApplyMode::kAppend, HistoryMode::kCurrent);

class HistoryTest : public DuckDbTest {
 protected:
  std::unique_ptr<Destination> destination_ = open();
};

constexpr const char* kAll = R"(SELECT id, seq, "__START_AT", "__END_AT" FROM clinic.Patient ORDER BY ALL)";

TEST_F(HistoryTest, VersionsGoOnAfterARestart) {
  EXPECT_EQ(
      apply_text(*destination_, kHistoryPlan, {R"([{"id":"a","seq":1,"_content_hash":1},{"id":"a","seq":9,"_content_hash":0,"_delete":true}])"}),
      "1 inserted, 1 deleted\n");
  destination_ = nullptr;
  destination_ = open();
  EXPECT_EQ(apply_text(*destination_, kHistoryPlan, {R"([{"id":"a","seq":4,"_content_hash":4}])", R"([{"id":"a","seq":10,"_content_hash":10}])"}),
            "1 inserted\n1 inserted\n");
  EXPECT_EQ(query_text(*destination_, kAll), "a | 1 | 1 | 4\na | 4 | 4 | 9\na | 10 | 10 | null\n");
}

TEST_F(HistoryTest, ATableOfAnotherKindIsRefusedWithAdvice) {
  const std::string row = R"([{"id":"a","seq":1,"_content_hash":1}])";
  const auto expect_refused = [&](const ApplyPlan& plan, const std::string& what) {
    EXPECT_EQ(apply_text(*destination_, plan, {row}),
              fmt::format("user: table clinic.Patient holds {} / Set the table_configuration as it was, choose another destination_table, or read "
                          "everything anew with --full-refresh",
                          what));
  };
  EXPECT_EQ(apply_text(*destination_, kCurrentPlan, {row}), "1 inserted\n");
  expect_refused(kHistoryPlan, "one row a key (SCD_TYPE_1), and the pipeline wants it to hold versions (SCD_TYPE_2)");
  expect_refused(kAppendPlan, "one row a key (SCD_TYPE_1), and the pipeline wants it to hold rows that were only appended (APPEND_ONLY)");

  auto transaction = destination_->begin();
  ASSERT_TRUE(transaction);
  ASSERT_TRUE((*transaction)->reset_table({"clinic", "Patient", "clinic.Patient"}, kHistoryPlan)) << "a full refresh makes it anew";
  ASSERT_TRUE((*transaction)->commit());
  transaction->reset();
  EXPECT_EQ(apply_text(*destination_, kHistoryPlan, {row}), "1 inserted\n");
  expect_refused(kCurrentPlan, "versions (SCD_TYPE_2), and the pipeline wants it to hold one row a key (SCD_TYPE_1)");
}

TEST_F(HistoryTest, AnEmptyTableOfAnotherKindIsMadeAnew) {
  EXPECT_EQ(apply_text(*destination_, kCurrentPlan, {}), "");
  EXPECT_EQ(apply_text(*destination_, kHistoryPlan, {R"([{"id":"a","seq":1,"_content_hash":1}])"}), "1 inserted\n");
  EXPECT_EQ(query_text(*destination_, kAll), "a | 1 | 1 | null\n");
}

TEST_F(HistoryTest, TombstonesAreForgottenWhenTheyAreOld) {
  EXPECT_EQ(apply_text(*destination_, kHistoryPlan, {R"([{"id":"a","seq":5,"_content_hash":0,"_delete":true}])"}), "1 already gone\n");
  const auto forget = [&](TimestampMicros applied_before) {
    auto transaction = destination_->begin();
    ASSERT_TRUE(transaction);
    ASSERT_TRUE((*transaction)->forget_deletes(kHistoryPlan, applied_before));
    ASSERT_TRUE((*transaction)->commit());
  };
  forget(now_micros() - 3'600'000'000);
  EXPECT_EQ(query_text(*destination_, "SELECT count(*) FROM _lakeflow.tombstones"), "1\n");
  forget(now_micros() + 1'000'000);
  EXPECT_EQ(query_text(*destination_, "SELECT count(*) FROM _lakeflow.tombstones"), "0\n");
}

// Rows begin … begin + count of a snapshot, with keys that are long.
ChangeSlice numbered_slice(const ApplyPlan& plan, std::int64_t begin, std::int64_t count, std::int64_t hash) {
  arrow::StringBuilder ids;
  arrow::Int64Builder numbers;
  arrow::Int64Builder hashes;
  arrow::BooleanBuilder deletes;
  for (std::int64_t i = begin; i < begin + count; ++i) {
    EXPECT_TRUE(ids.Append(fmt::format("a-patient-{:0290}", i)).ok());
    EXPECT_TRUE(numbers.Append(i).ok() && hashes.Append(hash).ok() && deletes.Append(false).ok());
  }
  const arrow::ArrayVector columns = {ids.Finish().ValueOrDie(), numbers.Finish().ValueOrDie(), hashes.Finish().ValueOrDie()};
  arrow::FieldVector fields = plan.schema->fields();
  fields.resize(3);
  const auto keys =
      arrow::schema({arrow::field("key_0", arrow::utf8()), arrow::field("delete", arrow::boolean()), arrow::field("content_hash", arrow::int64())});
  return {arrow::RecordBatch::Make(arrow::schema(fields), count, columns),
          arrow::RecordBatch::Make(keys, count, {columns[0], deletes.Finish().ValueOrDie(), columns[2]})};
}

// The keys are 72 MB, more than the limit: what was seen of them goes to disk.
TEST_F(HistoryTest, ASnapshotMayHaveMoreKeysThanMemoryHolds) {
  constexpr std::int64_t kRows = 240'000;
  constexpr std::int64_t kSliceRows = 20'000;
  destination_ = nullptr;
  std::filesystem::remove(path());
  auto opened = open_duckdb({.path = path(), .memory_limit = std::int64_t{96} << 20, .read_only = false});
  ASSERT_TRUE(opened) << text_of(opened.error());
  destination_ = *std::move(opened);
  ApplyPlan plan = plan_of(ApplyMode::kSnapshot, HistoryMode::kVersions);
  const auto read = [&](std::int64_t rows, std::int64_t hash) {
    ApplyCounts counts;
    plan.snapshot_at += 1'000'000;
    auto transaction = destination_->begin();
    EXPECT_TRUE(transaction && (*transaction)->prepare_table(plan));
    for (std::int64_t begin = 0; begin < rows; begin += kSliceRows) {
      const Result<ApplyCounts> applied = (*transaction)->apply(plan, numbered_slice(plan, begin, kSliceRows, begin == 0 ? hash : 1));
      EXPECT_TRUE(applied) << text_of(applied.error());
      if (!applied) return counts;
      counts += *applied;
    }
    const Result<ApplyCounts> finished = (*transaction)->finish_snapshot(plan, true);
    EXPECT_TRUE(finished) << text_of(finished.error());
    if (finished) counts += *finished;
    const Status committed = (*transaction)->commit();
    EXPECT_TRUE(committed) << text_of(committed.error());
    return counts;
  };
  EXPECT_EQ(counts_text(read(kRows, 1)), "240000 inserted");
  EXPECT_EQ(counts_text(read(kRows - kSliceRows, 2)), "20000 inserted, 200000 unchanged, 20000 absent");
  EXPECT_EQ(query_text(*destination_, R"(SELECT count(*), max(seq), count(*) FILTER ("__END_AT" IS NULL) FROM clinic.Patient)"),
            "260000 | 239999 | 220000\n");
}

}  // namespace
}  // namespace lakeflow::testing
