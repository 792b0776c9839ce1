#include <arrow/array.h>
#include <arrow/record_batch.h>
#include <arrow/scalar.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "testing/apply/apply_suite.h"
#include "testing/apply/memory_destination.h"

namespace lakeflow {
namespace {

using ::testing::IsEmpty;
using ::testing::Not;

// The ways in which a destination is easily wrong.
enum class Fault {
  kForgetsDeletes,
  kIgnoresSequences,
  kIgnoresHashes,
  kMiscounts,
  kSnapshotIsAlwaysComplete,
  kSnapshotIsNeverComplete,
  kNeverRollsBack,
  kNeverResets,
  kNeverForgets,
  // Of tables with history only.
  kVersionsForgetDeletes,
  kVersionsIgnoreHashes,
  kVersionsNeverMerge,
  kVersionsBeginAtAnyTime,
  kVersionsMiscountEnds
};

// The slice with one value in all rows of the columns whose names begin so.
ChangeSlice level(const ChangeSlice& slice, std::string_view prefix, const std::string& value) {
  if (!slice.keys) return slice;
  arrow::ArrayVector columns = slice.keys->columns();
  for (int column = 0; column < slice.keys->num_columns(); ++column) {
    if (!slice.keys->schema()->field(column)->name().starts_with(prefix)) continue;
    auto& values = columns[static_cast<std::size_t>(column)];
    const bool is_text = values->type_id() == arrow::Type::STRING;
    const auto scalar = arrow::Scalar::Parse(values->type(), values->type_id() == arrow::Type::TIMESTAMP ? "1970-01-01T00:00:00Z"
                                                             : is_text                                   ? ""
                                                                                                         : value);
    values = arrow::MakeArrayFromScalar(*scalar.ValueOrDie(), values->length()).ValueOrDie();
  }
  return {slice.rows, arrow::RecordBatch::Make(slice.keys->schema(), slice.keys->num_rows(), columns)};
}

class FaultyTransaction final : public Transaction {
 public:
  FaultyTransaction(std::unique_ptr<Transaction> sound, Fault fault) : sound_(std::move(sound)), fault_(fault) {}
  ~FaultyTransaction() override {
    if (fault_ == Fault::kNeverRollsBack) std::ignore = sound_->commit();
  }

  Result<std::vector<std::string>> prepare_table(const ApplyPlan& plan) override {
    ApplyPlan other = plan;
    if (fault_ == Fault::kVersionsNeverMerge) other.merges_versions = false;
    return sound_->prepare_table(other);
  }
  Result<ApplyCounts> apply(const ApplyPlan& plan, const ChangeSlice& slice) override {
    const bool has_versions = plan.history == HistoryMode::kVersions;
    ApplyPlan other = plan;
    if (fault_ == Fault::kVersionsBeginAtAnyTime) other.snapshot_at = 0;
    switch (fault_) {
      case Fault::kVersionsForgetDeletes: return sound_->apply(plan, has_versions ? level(slice, "delete", "false") : slice);
      case Fault::kVersionsIgnoreHashes: return sound_->apply(plan, has_versions ? level(slice, "content_hash", "0") : slice);
      case Fault::kForgetsDeletes: return sound_->apply(plan, level(slice, "delete", "false"));
      case Fault::kIgnoresSequences: return sound_->apply(plan, level(slice, "sequence_", "0"));
      case Fault::kIgnoresHashes: return sound_->apply(plan, level(slice, "content_hash", "0"));
      default: break;
    }
    Result<ApplyCounts> counts = sound_->apply(other, slice);
    if (fault_ == Fault::kVersionsMiscountEnds && counts) counts->ended = 0;
    if (fault_ == Fault::kMiscounts && counts && counts->superseded > 0) --counts->superseded;
    return counts;
  }
  Result<ApplyCounts> finish_snapshot(const ApplyPlan& plan, bool complete) override {
    if (fault_ == Fault::kSnapshotIsAlwaysComplete) complete = true;
    if (fault_ == Fault::kSnapshotIsNeverComplete) complete = false;
    return sound_->finish_snapshot(plan, complete);
  }
  Status put_state(const StateOwner& owner, std::string_view name, std::optional<std::string_view> value) override {
    return sound_->put_state(owner, name, value);
  }
  Status reset_table(const StateOwner& owner, const ApplyPlan& plan) override {
    return fault_ == Fault::kNeverResets ? Status() : sound_->reset_table(owner, plan);
  }
  Status replace_table(const TableReplacement& replacement) override { return sound_->replace_table(replacement); }
  Status forget_deletes(const ApplyPlan& plan, TimestampMicros applied_before) override {
    return fault_ == Fault::kNeverForgets ? Status() : sound_->forget_deletes(plan, applied_before);
  }
  Result<std::vector<std::size_t>> quarantine(std::string_view, std::string_view, std::span<const QuarantinedRecord>) override { return {}; }
  Status change_quarantine(std::span<const QuarantineChange>) override { return {}; }
  Status log_commit(std::string_view, const PassCommit&, std::span<const TableCommit>) override { return {}; }
  Status log_run(const RunLine&) override { return {}; }
  Status log_failures(std::string_view, std::span<const TableFailure>) override { return {}; }
  Status log_state_change(const StateChange&) override { return {}; }
  Result<std::uint64_t> count_rows(const TableName& table) override { return sound_->count_rows(table); }
  Status commit() override { return sound_->commit(); }

 private:
  std::unique_ptr<Transaction> sound_;
  Fault fault_;
};

class FaultyDestination final : public Destination {
 public:
  explicit FaultyDestination(Fault fault) : fault_(fault) {}
  std::string describe() const override { return "a faulty destination"; }
  Status accepts(const ApplyPlan& plan) const override { return sound_->accepts(plan); }
  Result<std::unique_ptr<Transaction>> begin() override { return std::make_unique<FaultyTransaction>(sound_->begin().value(), fault_); }
  Result<std::optional<std::string>> find_state(const StateOwner& owner, std::string_view name) override { return sound_->find_state(owner, name); }
  Status scan_state(const StateOwner& owner, std::string_view prefix,
                    const std::function<Status(std::string_view, std::string_view)>& visit) override {
    return sound_->scan_state(owner, prefix, visit);
  }
  Result<std::shared_ptr<arrow::RecordBatchReader>> query(std::string_view sql) override { return sound_->query(sql); }

 private:
  std::unique_ptr<Destination> sound_ = make_memory_destination();
  Fault fault_;
};

class SuiteFindsFaults : public ::testing::TestWithParam<Fault> {};

TEST_P(SuiteFindsFaults, InItsCases) {
  const auto faulty = []() -> Result<std::unique_ptr<Destination>> { return std::make_unique<FaultyDestination>(GetParam()); };
  EXPECT_THAT(run_apply_cases(LAKEFLOW_SOURCE_DIR "/testing/apply/cases", faulty), Not(IsEmpty()));
}

INSTANTIATE_TEST_SUITE_P(Each, SuiteFindsFaults,
                         ::testing::Values(Fault::kForgetsDeletes, Fault::kIgnoresSequences, Fault::kIgnoresHashes, Fault::kMiscounts,
                                           Fault::kSnapshotIsAlwaysComplete, Fault::kSnapshotIsNeverComplete, Fault::kNeverRollsBack,
                                           Fault::kNeverResets, Fault::kNeverForgets, Fault::kVersionsForgetDeletes, Fault::kVersionsIgnoreHashes,
                                           Fault::kVersionsNeverMerge, Fault::kVersionsBeginAtAnyTime, Fault::kVersionsMiscountEnds));

TEST(SuiteFindsFaults, InItsRandomOperations) {
  for (const Fault fault : {Fault::kForgetsDeletes, Fault::kIgnoresSequences, Fault::kIgnoresHashes, Fault::kMiscounts, Fault::kVersionsForgetDeletes,
                            Fault::kVersionsIgnoreHashes, Fault::kVersionsNeverMerge}) {
    const auto faulty = [fault]() -> Result<std::unique_ptr<Destination>> { return std::make_unique<FaultyDestination>(fault); };
    EXPECT_THAT(run_apply_property({.operations = 500, .seed = 1}, faulty), Not(IsEmpty()));
  }
}

}  // namespace
}  // namespace lakeflow
