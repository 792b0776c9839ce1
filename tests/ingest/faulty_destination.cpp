#include "tests/ingest/faulty_destination.h"

#include <arrow/record_batch.h>

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <utility>

namespace lakeflow::test {
namespace {

class Interrupts {
 public:
  void interrupt() {
    const std::lock_guard lock(mutex_);
    interrupted_ = true;
    changed_.notify_all();
  }
  Result<ApplyCounts> wait() {
    std::unique_lock lock(mutex_);
    interrupted_ = false;  // an earlier one was not meant for this call
    if (changed_.wait_for(lock, std::chrono::seconds(30), [this] { return interrupted_; })) {
      return std::unexpected(Error::interrupted("the call was ended"));
    }
    return std::unexpected(Error::destination("nobody ended the call"));
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool interrupted_ = false;
};

class FaultyTransaction final : public Transaction {
 public:
  FaultyTransaction(std::unique_ptr<Transaction> inner, std::shared_ptr<DestinationFault> fault, std::shared_ptr<Interrupts> interrupts)
      : inner_(std::move(inner)), fault_(std::move(fault)), interrupts_(std::move(interrupts)) {}

  Result<std::vector<std::string>> prepare_table(const ApplyPlan& plan) override { return inner_->prepare_table(plan); }

  Result<ApplyCounts> apply(const ApplyPlan& plan, const ChangeSlice& slice) override {
    if (plan.target.table != fault_->table || fault_->calls_before > 0) {
      fault_->calls_before -= plan.target.table == fault_->table ? 1U : 0U;
      return inner_->apply(plan, slice);
    }
    if (fault_->takes_long) {
      fault_->takes_long();
      return interrupts_->wait();
    }
    if (!fault_->loses_a_row) {
      return std::unexpected(Error::destination("table " + plan.target.text() + " can't be written"));
    }
    Result<ApplyCounts> counts = inner_->apply(plan, slice);
    if (counts) {
      ++counts->inserted;
      --counts->unchanged;  // wraps: the sum stays, the table's count does not
    }
    return counts;
  }

  Result<ApplyCounts> finish_snapshot(const ApplyPlan& plan, bool complete) override { return inner_->finish_snapshot(plan, complete); }
  Status put_state(const StateOwner& owner, std::string_view name, std::optional<std::string_view> value) override {
    return inner_->put_state(owner, name, value);
  }
  Status reset_table(const StateOwner& owner, const ApplyPlan& plan) override { return inner_->reset_table(owner, plan); }
  Status replace_table(const TableReplacement& replacement) override { return inner_->replace_table(replacement); }
  Status forget_deletes(const ApplyPlan& plan, TimestampMicros applied_before) override { return inner_->forget_deletes(plan, applied_before); }
  Result<std::vector<std::size_t>> quarantine(std::string_view run_id, std::string_view pipeline,
                                              std::span<const QuarantinedRecord> records) override {
    return inner_->quarantine(run_id, pipeline, records);
  }
  Status change_quarantine(std::span<const QuarantineChange> changes) override { return inner_->change_quarantine(changes); }
  Status log_commit(std::string_view run_id, const PassCommit& pass, std::span<const TableCommit> tables) override {
    return inner_->log_commit(run_id, pass, tables);
  }
  Status log_run(const RunLine& run) override { return inner_->log_run(run); }
  Status log_failures(std::string_view run_id, std::span<const TableFailure> failures) override { return inner_->log_failures(run_id, failures); }
  Status log_state_change(const StateChange& change) override { return inner_->log_state_change(change); }
  Result<std::uint64_t> count_rows(const TableName& table) override { return inner_->count_rows(table); }

  Status commit() override {
    if (fault_->commits_before == 0) {
      inner_.reset();
      return std::unexpected(Error::destination("the disk is full", "make room and run again"));
    }
    --fault_->commits_before;
    return inner_->commit();
  }

 private:
  std::unique_ptr<Transaction> inner_;
  const std::shared_ptr<DestinationFault> fault_;
  const std::shared_ptr<Interrupts> interrupts_;
};

class FaultyDestination final : public Destination {
 public:
  FaultyDestination(std::unique_ptr<Destination> inner, std::shared_ptr<DestinationFault> fault)
      : inner_(std::move(inner)), fault_(std::move(fault)) {}

  std::string describe() const override { return inner_->describe(); }
  Status accepts(const ApplyPlan& plan) const override { return inner_->accepts(plan); }
  Result<std::unique_ptr<Transaction>> begin() override {
    LAKEFLOW_ASSIGN(std::unique_ptr<Transaction> transaction, inner_->begin());
    return std::make_unique<FaultyTransaction>(std::move(transaction), fault_, interrupts_);
  }
  void interrupt() override {
    interrupts_->interrupt();
    inner_->interrupt();
  }
  Result<std::optional<std::string>> find_state(const StateOwner& owner, std::string_view name) override { return inner_->find_state(owner, name); }
  Status scan_state(const StateOwner& owner, std::string_view prefix,
                    const std::function<Status(std::string_view, std::string_view)>& visit) override {
    return inner_->scan_state(owner, prefix, visit);
  }
  Result<std::shared_ptr<arrow::RecordBatchReader>> query(std::string_view sql) override { return inner_->query(sql); }

 private:
  const std::unique_ptr<Destination> inner_;
  const std::shared_ptr<DestinationFault> fault_;
  const std::shared_ptr<Interrupts> interrupts_ = std::make_shared<Interrupts>();
};

}  // namespace

std::unique_ptr<Destination> make_faulty_destination(std::unique_ptr<Destination> destination, std::shared_ptr<DestinationFault> fault) {
  return std::make_unique<FaultyDestination>(std::move(destination), std::move(fault));
}

}  // namespace lakeflow::test
