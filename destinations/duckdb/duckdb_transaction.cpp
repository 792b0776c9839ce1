#include "destinations/duckdb/duckdb_transaction.h"

#include <fmt/format.h>

#include <array>
#include <utility>

#include "base/kill_point.h"
#include "destinations/duckdb/duckdb_erasure.h"
#include "destinations/duckdb/merged_versions.h"
#include "destinations/duckdb/quarantine_table.h"
#include "destinations/duckdb/run_tables.h"
#include "destinations/duckdb/table_columns.h"
#include "destinations/duckdb/table_kind.h"
#include "destinations/sql/sql_text.h"

namespace lakeflow {

void DuckDbWriter::interrupt() {
  const std::lock_guard lock(mutex_);
  if (may_interrupt_) duckdb_interrupt(connection.handle());
}

void DuckDbWriter::let_interrupt(bool allowed) {
  const std::lock_guard lock(mutex_);
  may_interrupt_ = allowed;
}

Result<std::unique_ptr<Transaction>> DuckDbTransaction::begin(DuckDbWriter& writer) {
  if (writer.in_transaction.exchange(true)) {
    return std::unexpected(Error::internal("a transaction was begun while another is open on " + writer.connection.database().path()));
  }
  std::unique_ptr<DuckDbTransaction> transaction(new DuckDbTransaction(writer));
  LAKEFLOW_TRY(writer.connection.database().prepare_log());
  LAKEFLOW_TRY(writer.connection.execute("beginning a transaction", "BEGIN TRANSACTION"));
  writer.let_interrupt(true);
  return transaction;
}

DuckDbTransaction::~DuckDbTransaction() {
  if (!open_) return;
  writer_->let_interrupt(false);
  // After a failure DuckDB may have ended it already, and says so: nothing is left to do about either.
  (void)writer_->connection.execute("rolling back", "ROLLBACK");
  writer_->keys.clear();
  end();
}

void DuckDbTransaction::end() {
  open_ = false;
  written_.clear();
  writer_->in_transaction = false;
}

Result<DuckDbTransaction::Written*> DuckDbTransaction::written(const ApplyPlan& plan) {
  Written& written = written_[plan.target];
  if (written.applier) return &written;
  Connection& connection = writer_->connection;
  LAKEFLOW_ASSIGN(const TableLayout layout, find_layout(connection, "writing to table " + plan.target.text(), plan.target));
  if (layout == TableLayout::kView) {
    LAKEFLOW_ASSIGN(written.narrow, NarrowRows::open(connection, plan.target));
    if (erased_.contains(plan.target)) written.narrow->note_change();
  }
  TableWriter writer(connection, writer_->scanner, writer_->keys[plan.target], plan,
                     layout == TableLayout::kView ? rows_table(plan.target) : plan.target, written.narrow ? &*written.narrow : nullptr, taken_back_);
  written.applier = make_table_applier(std::move(writer), ++appliers_);
  return &written;
}

void DuckDbTransaction::forget(const TableName& table) {
  written_.erase(table);
  writer_->keys.erase(table);
}

Result<std::vector<std::string>> DuckDbTransaction::prepare_table(const ApplyPlan& plan) {
  LAKEFLOW_TRY(check_table_kind(writer_->connection, plan));
  LAKEFLOW_ASSIGN(std::vector<std::string> changes, prepare_columns(writer_->connection, plan, writer_->widest_plain_table));
  LAKEFLOW_TRY(prepare_merged_versions(writer_->connection, plan));
  if (const auto known = written_.find(plan.target); known != written_.end() && known->second.narrow)
    LAKEFLOW_TRY(known->second.narrow->look_again());
  return changes;
}

Result<ApplyCounts> DuckDbTransaction::apply(const ApplyPlan& plan, const ChangeSlice& slice) {
  LAKEFLOW_ASSIGN(Written* const table, written(plan));
  if (!table->narrow) return table->applier->apply(slice);
  LAKEFLOW_ASSIGN(const ChangeSlice fitting, table->narrow->fit(slice));
  return table->applier->apply(fitting);
}

Result<ApplyCounts> DuckDbTransaction::finish_snapshot(const ApplyPlan& plan, bool complete) {
  LAKEFLOW_ASSIGN(Written* const table, written(plan));
  return table->applier->finish_snapshot(complete);
}

Status DuckDbTransaction::put_state(const StateOwner& owner, std::string_view name, std::optional<std::string_view> value) {
  state_.put(owner, name, value);
  return {};
}

Status DuckDbTransaction::reset_table(const StateOwner& owner, const ApplyPlan& plan) {
  Connection& connection = writer_->connection;
  const std::string doing = "emptying table " + plan.target.text();
  LAKEFLOW_TRY(state_.forget(connection, owner));
  const std::string name = plan.target.text();
  const Parameter table[] = {std::string_view(name)};
  LAKEFLOW_TRY(connection.execute(doing, "DELETE FROM _lakeflow.tombstones WHERE destination_table = $1", table));
  // Made anew rather than emptied: so it has the plan's columns, also where the old ones could not take them.
  LAKEFLOW_TRY(drop_stored_table(connection, doing, plan.target));
  LAKEFLOW_TRY(drop_merged_versions(connection, plan.target));
  forget(plan.target);
  for (const TableName& gone : {plan.target, rows_table(plan.target), merged_versions_name(plan.target)}) taken_back_.erase(gone);
  LAKEFLOW_TRY(prepare_table(plan));
  return {};
}

Status DuckDbTransaction::replace_table(const TableReplacement& replacement) {
  Connection& connection = writer_->connection;
  const std::string doing = fmt::format("putting {} in the place of {}", replacement.built.text(), replacement.table.text());
  const std::string built = replacement.built.text();
  const std::string table = replacement.table.text();
  LAKEFLOW_TRY(copy_taken_back(connection, taken_back_));  // by the names that the tables still have
  taken_back_.clear();
  LAKEFLOW_TRY(state_.write(connection, writer_->scanner));
  LAKEFLOW_TRY(state_.forget(connection, replacement.owner));
  LAKEFLOW_TRY(give_state(connection, replacement.built_owner, replacement.owner));
  const Parameter old[] = {std::string_view(table)};
  LAKEFLOW_TRY(connection.execute(doing, "DELETE FROM _lakeflow.tombstones WHERE destination_table = $1", old));
  const Parameter names[] = {std::string_view(built), std::string_view(table)};
  LAKEFLOW_TRY(connection.execute(doing, "UPDATE _lakeflow.tombstones SET destination_table = $2 WHERE destination_table = $1", names));
  LAKEFLOW_TRY(drop_stored_table(connection, doing, replacement.table));
  LAKEFLOW_TRY(rename_stored_table(connection, doing, replacement.built, replacement.table));
  LAKEFLOW_TRY(replace_merged_versions(connection, replacement.built, replacement.table));
  for (const TableName& name : {replacement.built, replacement.table}) forget(name);
  return {};
}

Status DuckDbTransaction::forget_deletes(const ApplyPlan& plan, TimestampMicros applied_before) {
  const std::string table = plan.target.text();
  const Parameter parameters[] = {std::string_view(table), Timestamp{applied_before}};
  LAKEFLOW_TRY(writer_->connection.execute("forgetting old deletes of table " + table,
                                           "DELETE FROM _lakeflow.tombstones WHERE destination_table = $1 AND deleted_at < $2", parameters));
  return forget_merged_versions(writer_->connection, plan, applied_before);
}

Result<std::vector<std::size_t>> DuckDbTransaction::quarantine(std::string_view run_id, std::string_view pipeline,
                                                               std::span<const QuarantinedRecord> records) {
  return insert_quarantined(writer_->connection, writer_->scanner, run_id, pipeline, records);
}

Status DuckDbTransaction::change_quarantine(std::span<const QuarantineChange> changes) {
  return change_quarantined(writer_->connection, writer_->scanner, changes);
}

Status DuckDbTransaction::log_commit(std::string_view run_id, const PassCommit& pass, std::span<const TableCommit> tables) {
  return insert_commit(writer_->connection, run_id, pass, tables);
}

Status DuckDbTransaction::log_run(const RunLine& run) { return replace_run(writer_->connection, run); }

Status DuckDbTransaction::log_failures(std::string_view run_id, std::span<const TableFailure> failures) {
  return insert_failures(writer_->connection, run_id, failures);
}

Status DuckDbTransaction::log_state_change(const StateChange& change) { return insert_state_change(writer_->connection, change); }

Result<ErasureCounts> DuckDbTransaction::erase(const Erasure& erasure) {
  for (const ErasedTable& table : erasure.tables) {
    forget(table.table);
    erased_.insert(table.table);
  }
  return erase_rows(writer_->connection, erasure);
}

Status DuckDbTransaction::log_erasure(const ErasureRecord& record) { return insert_erasure(writer_->connection, record); }

Result<std::uint64_t> DuckDbTransaction::count_rows(const TableName& table) {
  LAKEFLOW_ASSIGN(const std::int64_t rows,
                  writer_->connection.integer("counting rows of table " + table.text(), fmt::format("SELECT count(*) FROM {}", quote_table(table))));
  return static_cast<std::uint64_t>(rows);
}

Status DuckDbTransaction::commit() {
  Connection& connection = writer_->connection;
  writer_->let_interrupt(false);
  LAKEFLOW_TRY(state_.write(connection, writer_->scanner));
  LAKEFLOW_TRY(connection.execute("ending a transaction",
                                  "DROP TABLE IF EXISTS temp.lakeflow_slice; DROP TABLE IF EXISTS temp.lakeflow_verdicts; DROP TABLE IF EXISTS "
                                  "temp.lakeflow_events; DROP TABLE IF EXISTS temp.lakeflow_placed"));
  LAKEFLOW_TRY(copy_taken_back(connection, taken_back_));
  kill_point("commit.before");
  LAKEFLOW_TRY(connection.database().check_before_commit());
  if (Status committed = connection.execute("committing", "COMMIT"); !committed) {
    writer_->commit_failed = true;
    return committed;
  }
  LAKEFLOW_TRY(connection.database().check_after_commit());
  end();
  kill_point("commit.after");
  return {};
}

}  // namespace lakeflow
