#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "destinations/interface/destination.h"
#include "destinations/parquet/lake.h"
#include "destinations/parquet/publisher.h"
#include "destinations/parquet/staged_table.h"

namespace lakeflow {

// The one who writes a lake, and whether a transaction is open.
struct LakeWriter {
  LakeWriter(std::unique_ptr<Lake> opened, PublishRules publish_rules) : lake(std::move(opened)), rules(publish_rules), publisher(*lake, rules) {}
  std::unique_ptr<Lake> lake;
  PublishRules rules;
  Publisher publisher;
  std::optional<Error> publishing_failed;  // then the rows stay staged; the close tries again
  std::atomic<bool> in_transaction{false};
  std::optional<std::set<std::string, std::less<>>> quarantined;  // ids of the entries that were committed, once they were asked for
};

class ParquetTransaction final : public Transaction {
 public:
  // `writer` outlives it.
  static Result<std::unique_ptr<Transaction>> begin(LakeWriter& writer);
  ParquetTransaction(const ParquetTransaction&) = delete;
  ParquetTransaction& operator=(const ParquetTransaction&) = delete;
  ~ParquetTransaction() override;

  Result<std::vector<std::string>> prepare_table(const ApplyPlan& plan) override;
  Result<ApplyCounts> apply(const ApplyPlan& plan, const ChangeSlice& slice) override;
  Result<ApplyCounts> finish_snapshot(const ApplyPlan& plan, bool complete) override;
  Status put_state(const StateOwner& owner, std::string_view name, std::optional<std::string_view> value) override;
  Status reset_table(const StateOwner& owner, const ApplyPlan& plan) override;
  Status replace_table(const TableReplacement& replacement) override;
  Status forget_deletes(const ApplyPlan&, TimestampMicros) override { return {}; }  // tables that append have none
  Result<std::vector<std::size_t>> quarantine(std::string_view run_id, std::string_view pipeline,
                                              std::span<const QuarantinedRecord> records) override;
  Status change_quarantine(std::span<const QuarantineChange> changes) override;
  Status log_commit(std::string_view run_id, const PassCommit& pass, std::span<const TableCommit> tables) override;
  Status log_run(const RunLine& run) override;
  Status log_failures(std::string_view run_id, std::span<const TableFailure> failures) override;
  Status log_state_change(const StateChange& change) override;
  Result<ErasureCounts> erase(const Erasure& erasure) override;
  Status log_erasure(const ErasureRecord& record) override;
  Result<std::uint64_t> count_rows(const TableName& table) override;
  Status commit() override;

 private:
  explicit ParquetTransaction(LakeWriter& writer) : writer_(&writer), number_(writer.lake->next_number()) {}
  StagedTable& table(const TableName& name);
  std::shared_ptr<const LakeTable> committed(const TableName& name) const;
  Status add_rows(const TableName& table, Result<std::shared_ptr<arrow::RecordBatch>> rows);
  // What writing came to. A write that failed because the lake was taken away says that.
  Status in_place(Status written) const;
  Result<LakeCommit> collect();

  LakeWriter* writer_;
  std::uint64_t number_;  // of the commit that it will be
  std::map<TableName, StagedTable> tables_;
  std::set<StateOwner> forgotten_;
  std::map<std::pair<StateOwner, std::string>, std::optional<std::string>> state_;
  std::vector<StagedTable> overtaken_;              // what this transaction wrote to tables that another then replaced
  std::int64_t lines_ = 0;                          // of runs
  std::vector<TableChange> erased_;                 // of a transaction that takes rows out, and does nothing else to those tables
  std::set<std::string, std::less<>> quarantined_;  // ids of this transaction's entries
};

// Makes the lake's own tables where they are not there, or lack columns.
Status prepare_system_tables(LakeWriter& writer);

}  // namespace lakeflow
