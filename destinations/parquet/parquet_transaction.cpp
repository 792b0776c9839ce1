#include "destinations/parquet/parquet_transaction.h"

#include <arrow/record_batch.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <iterator>

#include "base/clock.h"
#include "base/kill_point.h"
#include "destinations/parquet/lake_erasure.h"
#include "destinations/parquet/system_tables.h"

namespace lakeflow {

Result<std::unique_ptr<Transaction>> ParquetTransaction::begin(LakeWriter& writer) {
  if (writer.in_transaction.exchange(true)) {
    return std::unexpected(Error::internal("a transaction was begun while another is open on " + writer.lake->name()));
  }
  std::unique_ptr<ParquetTransaction> transaction(new ParquetTransaction(writer));
  LAKEFLOW_TRY(writer.lake->finish_last());
  return transaction;
}

ParquetTransaction::~ParquetTransaction() {
  // A commit that could not say that it stands may: then its files are the lake's.
  if (writer_->lake->has_commit(number_)) {
    for (auto& [name, table] : tables_) table.keep();
  } else {
    for (const TableChange& change : erased_) {
      for (const LakeFile& file : change.staged) ::unlink(writer_->lake->folder().at(file.name).c_str());
    }
  }
  tables_.clear();
  writer_->in_transaction = false;
}

StagedTable& ParquetTransaction::table(const TableName& name) {
  if (const auto found = tables_.find(name); found != tables_.end()) return found->second;
  return tables_.emplace(name, StagedTable(*writer_->lake, name, committed(name))).first->second;
}

std::shared_ptr<const LakeTable> ParquetTransaction::committed(const TableName& name) const {
  const LakeTables tables = writer_->lake->tables();
  const auto found = tables.find(name);
  return found == tables.end() ? nullptr : found->second;
}

Result<std::vector<std::string>> ParquetTransaction::prepare_table(const ApplyPlan& plan) { return table(plan.target).prepare(plan); }

Result<ApplyCounts> ParquetTransaction::apply(const ApplyPlan& plan, const ChangeSlice& slice) {
  if (plan.mode != ApplyMode::kAppend) return std::unexpected(Error::internal("a Parquet lake was told to change rows, which it does not accept"));
  kill_point("apply.staged");
  LAKEFLOW_TRY(in_place(table(plan.target).append(slice.rows)));
  kill_point("apply.applied");
  ApplyCounts counts;
  counts.inserted = static_cast<std::uint64_t>(slice.rows->num_rows());
  return counts;
}

Result<ApplyCounts> ParquetTransaction::finish_snapshot(const ApplyPlan&, bool) {
  return std::unexpected(Error::internal("a table that appends has no snapshot to finish"));
}

Status ParquetTransaction::put_state(const StateOwner& owner, std::string_view name, std::optional<std::string_view> value) {
  state_.insert_or_assign({owner, std::string(name)}, value ? std::optional<std::string>(*value) : std::nullopt);
  return {};
}

Status ParquetTransaction::reset_table(const StateOwner& owner, const ApplyPlan& plan) {
  std::erase_if(state_, [&](const auto& entry) { return entry.first.first == owner; });
  forgotten_.insert(owner);
  StagedTable& emptied = table(plan.target);
  emptied.remove();
  LAKEFLOW_TRY(emptied.prepare(plan));
  return {};
}

Status ParquetTransaction::replace_table(const TableReplacement& replacement) {
  StagedTable& built = table(replacement.built);
  if (!built.exists()) return std::unexpected(Error::internal(fmt::format("table {} was not built", replacement.built.text())));
  built.replace(replacement.table, committed(replacement.table));
  if (auto overtaken = tables_.extract(replacement.table)) overtaken_.push_back(std::move(overtaken.mapped()));
  auto moved = tables_.extract(replacement.built);
  moved.key() = replacement.table;
  tables_.insert(std::move(moved));

  std::map<std::string, std::optional<std::string>> entries;
  if (!forgotten_.contains(replacement.built_owner)) {
    for (const auto& [name, value] : writer_->lake->scan_state(replacement.built_owner, "")) entries[name] = value.bytes;
  }
  for (const auto& [place, value] : state_) {
    if (place.first == replacement.built_owner) entries[place.second] = value;
  }
  std::erase_if(state_, [&](const auto& entry) { return entry.first.first == replacement.owner || entry.first.first == replacement.built_owner; });
  forgotten_.insert({replacement.owner, replacement.built_owner});
  for (const auto& [name, value] : entries) state_[{replacement.owner, name}] = value;
  return {};
}

Status ParquetTransaction::add_rows(const TableName& name, Result<std::shared_ptr<arrow::RecordBatch>> rows) {
  LAKEFLOW_TRY(rows);
  return (*rows)->num_rows() == 0 ? Status() : in_place(table(name).append(*rows));
}

Result<std::vector<std::size_t>> ParquetTransaction::quarantine(std::string_view run_id, std::string_view pipeline,
                                                                std::span<const QuarantinedRecord> records) {
  std::vector<std::size_t> fresh;
  if (records.empty()) return fresh;
  if (!writer_->quarantined) {
    LAKEFLOW_ASSIGN(writer_->quarantined, quarantined_ids(*writer_->lake));
  }
  std::vector<bool> is_new(records.size());
  for (std::size_t i = 0; i < records.size(); ++i) {
    is_new[i] = !writer_->quarantined->contains(records[i].id) && quarantined_.insert(records[i].id).second;
    if (is_new[i]) fresh.push_back(i);
  }
  LAKEFLOW_TRY(add_rows(kQuarantineTable, quarantine_rows(run_id, pipeline, records, is_new, static_cast<std::int64_t>(number_))));
  return fresh;
}

Status ParquetTransaction::change_quarantine(std::span<const QuarantineChange> changes) {
  LAKEFLOW_TRY(add_rows(kQuarantineChangesTable, quarantine_change_rows(changes, static_cast<std::int64_t>(number_))));
  std::vector<std::string> dropped;
  for (const QuarantineChange& change : changes) {
    if (change.kind == QuarantineChangeKind::kDropped) dropped.push_back(change.id);
  }
  if (dropped.empty()) return {};
  LAKEFLOW_ASSIGN(std::vector<TableChange> found, drop_from_quarantine(*writer_->lake, dropped));
  std::ranges::move(found, std::back_inserter(erased_));
  writer_->quarantined.reset();
  return {};
}

Status ParquetTransaction::log_commit(std::string_view run_id, const PassCommit& pass, std::span<const TableCommit> tables) {
  LAKEFLOW_TRY(add_rows(kPassesTable, pass_row(run_id, pass)));
  return add_rows(kCommitsTable, commit_rows(run_id, pass, tables));
}

Status ParquetTransaction::log_run(const RunLine& run) {
  // Ordered by the commits, which no clock can set back.
  constexpr std::int64_t kLinesOfACommit = 1 << 10;
  return add_rows(kRunsTable, run_row(run, static_cast<std::int64_t>(number_) * kLinesOfACommit + lines_++));
}

Status ParquetTransaction::log_failures(std::string_view run_id, std::span<const TableFailure> failures) {
  return add_rows(kFailuresTable, failure_rows(run_id, failures));
}

Status ParquetTransaction::log_state_change(const StateChange& change) { return add_rows(kStateChangesTable, state_change_row(change)); }

Result<ErasureCounts> ParquetTransaction::erase(const Erasure& erasure) {
  LAKEFLOW_ASSIGN(LakeErasure found, erase_from_lake(*writer_->lake, erasure));
  std::ranges::move(found.changes, std::back_inserter(erased_));
  return std::move(found.counts);
}

Status ParquetTransaction::log_erasure(const ErasureRecord& record) { return add_rows(kErasuresTable, erasure_row(record)); }

Result<std::uint64_t> ParquetTransaction::count_rows(const TableName& name) {
  const StagedTable& counted = table(name);
  if (!counted.exists()) return std::unexpected(Error::internal(fmt::format("table {} is not there to be counted", name.text())));
  return counted.rows();
}

Status ParquetTransaction::in_place(Status written) const {
  if (!written) LAKEFLOW_TRY(writer_->lake->check_in_place());
  return written;
}

Result<LakeCommit> ParquetTransaction::collect() {
  LakeCommit commit;
  commit.number = number_;
  commit.committed_at = now_micros();
  for (auto& [name, table] : tables_) {
    LAKEFLOW_ASSIGN(std::vector<TableChange> changes, table.changes(number_, writer_->rules.file_bytes));
    std::ranges::move(changes, std::back_inserter(commit.tables));
  }
  commit.tables.insert(commit.tables.end(), erased_.begin(), erased_.end());
  commit.forgotten.assign(forgotten_.begin(), forgotten_.end());
  for (const auto& [place, value] : state_) commit.state.push_back({place.first, place.second, value, commit.committed_at});
  return commit;
}

Status ParquetTransaction::commit() {
  Result<LakeCommit> collected = collect();
  LAKEFLOW_TRY(in_place(collected ? Status() : std::unexpected(collected.error())));
  LakeCommit commit = *std::move(collected);
  if (!commit.tables.empty() || !commit.forgotten.empty() || !commit.state.empty()) {
    kill_point("commit.before");
    LAKEFLOW_TRY(in_place(writer_->lake->commit(std::move(commit))));
    kill_point("commit.after");
  }
  if (writer_->quarantined) writer_->quarantined->insert(quarantined_.begin(), quarantined_.end());
  // Also with a commit of nothing: rows that wait for their time get old while the source is quiet.
  if (!writer_->publishing_failed) {
    if (Status published = writer_->publisher.publish_due(); !published) writer_->publishing_failed = std::move(published).error();
  }
  return {};
}

Status prepare_system_tables(LakeWriter& writer) {
  LAKEFLOW_ASSIGN(const std::unique_ptr<Transaction> transaction, ParquetTransaction::begin(writer));
  const LakeTables before = writer.lake->tables();
  bool changed = false;
  for (const ApplyPlan& plan : system_table_plans()) {
    LAKEFLOW_ASSIGN(const std::vector<std::string> grown, transaction->prepare_table(plan));
    changed = changed || !grown.empty() || !before.contains(plan.target);
  }
  if (!changed) return {};
  LAKEFLOW_ASSIGN(const auto version, version_rows());
  LAKEFLOW_TRY(transaction->apply(*std::ranges::find(system_table_plans(), kVersionTable, &ApplyPlan::target), {version, nullptr}));
  return transaction->commit();
}

}  // namespace lakeflow
