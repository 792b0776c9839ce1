#pragma once

#include <atomic>
#include <cstddef>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>

#include "destinations/duckdb/batch_scan.h"
#include "destinations/duckdb/narrow_rows.h"
#include "destinations/duckdb/state_table.h"
#include "destinations/duckdb/stored_table.h"
#include "destinations/duckdb/table_applier.h"
#include "destinations/interface/destination.h"
#include "destinations/sql/connection.h"

namespace lakeflow {

// The one connection that writes, and whether a transaction is open on it.
struct DuckDbWriter {
  DuckDbWriter(Connection opened, std::size_t widest) : connection(std::move(opened)), scanner(connection), widest_plain_table(widest) {}
  Connection connection;
  BatchScanner scanner;
  const std::size_t widest_plain_table;  // DuckDbOptions
  std::map<TableName, TableKeys> keys;
  std::atomic<bool> in_transaction{false};
  // A COMMIT failed on it. DuckDB then takes the rows back in memory, but may go on to hold their places for those of deleted rows: what the
  // next commits put there can be read as long as the file is open, and is gone where a checkpoint, or its log, is read. So nothing is to be
  // written any more, and no checkpoint made, until the file was opened anew.
  std::atomic<bool> commit_failed{false};

  // Ends the statement under way, where it is one of those between.
  void interrupt();
  void let_interrupt(bool allowed);

 private:
  std::mutex mutex_;
  bool may_interrupt_ = false;
};

class DuckDbTransaction final : public Transaction {
 public:
  // `writer` outlives it.
  static Result<std::unique_ptr<Transaction>> begin(DuckDbWriter& writer);
  DuckDbTransaction(const DuckDbTransaction&) = delete;
  DuckDbTransaction& operator=(const DuckDbTransaction&) = delete;
  ~DuckDbTransaction() override;

  Result<std::vector<std::string>> prepare_table(const ApplyPlan& plan) override;
  Result<ApplyCounts> apply(const ApplyPlan& plan, const ChangeSlice& slice) override;
  Result<ApplyCounts> finish_snapshot(const ApplyPlan& plan, bool complete) override;
  Status put_state(const StateOwner& owner, std::string_view name, std::optional<std::string_view> value) override;
  Status reset_table(const StateOwner& owner, const ApplyPlan& plan) override;
  Status replace_table(const TableReplacement& replacement) override;
  Status forget_deletes(const ApplyPlan& plan, TimestampMicros applied_before) override;
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
  explicit DuckDbTransaction(DuckDbWriter& writer) : writer_(&writer) {}
  // What the transaction knows of a table that it writes.
  struct Written {
    std::optional<NarrowRows> narrow;  // of a table that is a view
    std::unique_ptr<TableApplier> applier;
  };
  Result<Written*> written(const ApplyPlan& plan);
  void forget(const TableName& table);
  void end();

  DuckDbWriter* writer_;
  std::map<TableName, Written> written_;
  TakenBack taken_back_;
  std::set<TableName> erased_;  // some of their rows
  int appliers_ = 0;
  StateChanges state_;
  bool open_ = true;
};

}  // namespace lakeflow
