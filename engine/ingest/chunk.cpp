#include "engine/ingest/chunk.h"

#include <arrow/record_batch.h>
#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "base/kill_point.h"
#include "engine/ingest/balance.h"
#include "engine/ingest/committed_state.h"
#include "engine/ingest/quarantine_id.h"
#include "engine/ingest/refresh.h"

namespace lakeflow {
namespace {

std::string joined_names(const Pass& pass) {
  std::string names;
  for (const PlannedTable& table : pass.tables) {
    names += (names.empty() ? "" : ",") + table.owner.source_table;
  }
  return names;
}

template <typename Counts>
std::uint64_t sum(const Counts& counts) {
  std::uint64_t total = 0;
  for (const auto& [reason, count] : counts) {
    total += count;
  }
  return total;
}

}  // namespace

Chunk::Chunk(RunState& run, const Pass& pass, PassProgress& progress, PassReport& report)
    : run_(run), pass_(pass), progress_(progress), report_(report), waiting_(pass.tables.size()) {
  for (const PlannedTable& table : pass.tables) {
    tables_.push_back({.owner = table.owner, .rows_decoded = 0, .rejected = 0, .rescued = 0, .counts = {}});
  }
}

Chunk::~Chunk() {
  // Also where a kill or a failed commit leaves the file as it is: the next run compares it with the committed length.
  if (transaction_ != nullptr && run_.dead_letters) {
    transaction_.reset();
    static_cast<void>(run_.dead_letters->roll_back());
  }
}

Outcome<void> Chunk::add(DecodedBatch batch) {
  LAKEFLOW_TRY(refuse_rejects(batch));
  records_ += batch.counts;
  for (std::size_t i = 0; i < tables_.size(); ++i) {
    tables_[i].rows_decoded += batch.tables[i].rows_decoded;
    tables_[i].rejected += batch.tables[i].rejected;
    tables_[i].rescued += batch.tables[i].rescued;
    tables_[i].counts.unchanged += batch.tables[i].standing;
  }
  if (dry()) {
    return {};
  }
  if (!batch.quarantined.empty()) {
    LAKEFLOW_TRY(begin());
    LAKEFLOW_TRY(reaching(Reach::run(), quarantine(batch.quarantined)));
  }
  for (std::size_t i = 0; i < tables_.size(); ++i) {
    waiting_.add(i, std::move(batch.tables[i].slice));
  }
  while (const std::optional<std::size_t> table = waiting_.full()) {
    LAKEFLOW_TRY(apply(*table));
  }
  return {};
}

Outcome<void> Chunk::add_rows(std::size_t table, ChangeSlice slice) {
  if (!dry()) {
    waiting_.add(table, std::move(slice));
  }
  return {};
}

Outcome<void> Chunk::commit(const ChunkEnd& end) {
  LAKEFLOW_TRY(reaching(Reach::run(), check_threshold()));
  if (dry()) {
    report();
    return {};
  }
  LAKEFLOW_TRY(begin());
  for (std::size_t i = 0; i < tables_.size(); ++i) {
    if (waiting_.holds(i)) {
      LAKEFLOW_TRY(apply(i));
    }
  }
  if (end.snapshot_complete) {
    LAKEFLOW_TRY(finish_snapshot(*end.snapshot_complete));
  }
  LAKEFLOW_TRY(check());
  LAKEFLOW_TRY(put_state(end));
  kill_point("commit.before");
  Status committed = transaction_->commit();
  transaction_.reset();  // whatever came of it: the dead letters are what the next run finds committed
  LAKEFLOW_TRY(reaching(Reach::run(), std::move(committed)));
  kill_point("commit.after");
  if (run_.dead_letters) {
    run_.dead_letters->committed();
  }
  run_.logged = run_.logged || writes_run_line_;
  ++run_.chunks;
  run_.request.log->log(LogLevel::kDebug, "chunk committed",
                        {{"chunk", fmt::format("{}", run_.chunks)}, {"records", fmt::format("{}", records_.read)}});
  report();
  return {};
}

Status Chunk::quarantine(std::vector<QuarantinedRecord>& records) {
  const std::string& pipeline = run_.request.pipeline->name;
  for (QuarantinedRecord& record : records) {
    record.landing_tables = record.destination_table.empty() ? landing_tables() : record.destination_table;
    record.id = quarantine_id(pipeline, record);
  }
  LAKEFLOW_ASSIGN(const std::vector<std::size_t> fresh, transaction_->quarantine(run_.stamp.run_id, pipeline, records));
  if (!run_.dead_letters) {
    return {};
  }
  std::vector<const QuarantinedRecord*> letters;
  for (const std::size_t place : fresh) {
    letters.push_back(&records[place]);
  }
  return run_.dead_letters->append(letters);
}

std::string Chunk::landing_tables() const {
  std::string names;
  for (const PlannedTable& table : pass_.tables) {
    names += (names.empty() ? "" : ",") + table.owner.destination_table;
  }
  return names;
}

// Makes the tables ready with the pass's first transaction.
Outcome<void> Chunk::begin() {
  if (transaction_ != nullptr) {
    return {};
  }
  kill_point("apply.begin");
  Result<std::unique_ptr<Transaction>> transaction = run_.request.destination->begin();
  if (!transaction) {
    return std::unexpected(Failure{std::move(transaction).error(), Reach::run()});
  }
  transaction_ = *std::move(transaction);
  rows_before_.assign(tables_.size(), 0);
  column_changes_.assign(tables_.size(), {});
  progress_.row_counts.resize(tables_.size());
  for (std::size_t i = 0; i < tables_.size(); ++i) {
    const ApplyPlan& plan = pass_.tables[i].plan.apply_plan();
    if (!progress_.tables_ready) {
      LAKEFLOW_TRY(reaching(Reach::one_table(i), empty_table(i)));
      Outcome<std::vector<std::string>> changes = reaching(Reach::one_table(i), transaction_->prepare_table(plan));
      LAKEFLOW_TRY(changes);
      column_changes_[i] = *std::move(changes);
    }
    if (progress_.row_counts[i]) {
      rows_before_[i] = *progress_.row_counts[i];
    } else {
      Outcome<std::uint64_t> rows = reaching(Reach::one_table(i), transaction_->count_rows(plan.target));
      LAKEFLOW_TRY(rows);
      rows_before_[i] = *rows;
    }
  }
  return {};
}

// Where a full refresh begins with this run.
Status Chunk::empty_table(std::size_t table) {
  const PlannedTable& planned = pass_.tables[table];
  if (!planned.starts_empty) {
    return {};
  }
  return planned.refreshing ? begin_refresh(*transaction_, planned, run_.stamp.run_id)
                            : transaction_->reset_table(planned.owner, planned.plan.apply_plan());
}

Outcome<void> Chunk::apply(std::size_t table) {
  LAKEFLOW_TRY(begin());
  Result<ChangeSlice> slice = waiting_.take(table);
  if (!slice) {
    return std::unexpected(Failure{std::move(slice).error(), Reach::one_table(table)});
  }
  kill_point("apply.slice");
  Result<ApplyCounts> counts = transaction_->apply(pass_.tables[table].plan.apply_plan(), *slice);
  if (!counts) {
    return std::unexpected(Failure{std::move(counts).error(), Reach::one_table(table)});
  }
  kill_point("apply.applied");
  tables_[table].counts += *counts;
  return {};
}

// error_handling: fail.
Outcome<void> Chunk::refuse_rejects(const DecodedBatch& batch) const {
  if (run_.request.pipeline->settings.error_handling != ErrorHandling::kFail || batch.quarantined.empty()) {
    return {};
  }
  const QuarantinedRecord& first = batch.quarantined.front();
  return std::unexpected(
      Failure{Error::data(fmt::format("a record of {} at {}:{} was rejected ({}{}{}) and error_handling is fail: its chunk was not committed",
                                      first.source_table.empty() ? joined_names(pass_) : first.source_table, first.origin, first.position,
                                      first.reason, first.detail.empty() ? "" : ", ", first.detail),
                          "mend the record at the source, or set error_handling to skip: rejects then go to quarantine"),
              Reach::run()});
}

Status Chunk::check_threshold() const {
  const RejectThreshold& threshold = run_.request.pipeline->settings.reject_threshold;
  std::uint64_t rejects = run_.report.rejects() + sum(records_.rejects);
  std::uint64_t read = records_.read;
  for (const PassReport& pass : run_.report.passes) {
    read += pass.records_read;
  }
  const bool too_many = threshold.count && rejects > *threshold.count;
  const bool too_large_a_part = threshold.percent && static_cast<double>(rejects) * 100.0 > *threshold.percent * static_cast<double>(read);
  if (!too_many && !too_large_a_part) {
    return {};
  }
  const std::string limit = too_many ? fmt::format("{}", *threshold.count) : fmt::format("{}%", *threshold.percent);
  return std::unexpected(Error::data(
      fmt::format("{} rejects in {} records read: more than the reject_threshold of {}; the chunk under way was not committed", rejects, read, limit),
      "look at the records with error_handling: skip and a higher reject_threshold, and `lakeflow quarantine list`"));
}

Outcome<void> Chunk::finish_snapshot(bool complete) {
  for (std::size_t i = 0; i < tables_.size(); ++i) {
    Result<ApplyCounts> counts = transaction_->finish_snapshot(pass_.tables[i].plan.apply_plan(), complete);
    if (!counts) {
      return std::unexpected(Failure{std::move(counts).error(), Reach::one_table(i)});
    }
    tables_[i].counts += *counts;
  }
  return {};
}

Outcome<void> Chunk::check() {
  LAKEFLOW_TRY(reaching(Reach::pass(), check_balance(pass_commit())));
  rows_after_.assign(tables_.size(), 0);
  for (std::size_t i = 0; i < tables_.size(); ++i) {
    Result<std::uint64_t> rows = transaction_->count_rows(pass_.tables[i].plan.apply_plan().target);
    if (!rows) {
      return std::unexpected(Failure{std::move(rows).error(), Reach::one_table(i)});
    }
    rows_after_[i] = *rows;
    LAKEFLOW_TRY(reaching(Reach::pass(), check_balance(tables_[i], rows_before_[i], rows_after_[i])));
  }
  return {};
}

Outcome<void> Chunk::put_state(const ChunkEnd& end) {
  const auto put_all = [&]() -> Status {
    for (const PlannedTable& table : pass_.tables) {
      if (end.offset && !pass_.snapshot) {
        LAKEFLOW_TRY(put_offset(*transaction_, table.state_owner, kOffsetState, *end.offset));
      }
      if (end.deletes_offset) {
        LAKEFLOW_TRY(put_offset(*transaction_, table.state_owner, kDeletesOffsetState, *end.deletes_offset));
      }
      LAKEFLOW_TRY(put_keyed_state(*transaction_, table.state_owner, end.state_delta));
    }
    if (run_.dead_letters && !records_.rejects.empty()) {
      LAKEFLOW_TRY(run_.dead_letters->put_length(*transaction_));
    }
    LAKEFLOW_TRY(transaction_->change_quarantine(end.quarantine_changes));
    if (end.run_line) {
      LAKEFLOW_TRY(transaction_->log_run(*end.run_line));
    }
    return log();
  };
  return reaching(Reach::run(), put_all());
}

Status Chunk::log() {
  if (!run_.logged && !changes_something()) {
    return {};  // of a quiet run, which is not logged
  }
  if (!run_.logged) {
    LAKEFLOW_TRY(transaction_->log_run(run_.line("running")));
    writes_run_line_ = true;
  }
  std::vector<TableCommit> lines;
  for (const TableCommit& table : tables_) {
    if (table.rows_decoded > 0 || table.counts.absent > 0) {
      lines.push_back(table);
    }
  }
  return records_.read > 0 || !lines.empty() ? transaction_->log_commit(run_.stamp.run_id, pass_commit(), lines) : Status();
}

bool Chunk::changes_something() const {
  const auto changed = [](const TableCommit& table) {
    return table.rejected + table.rescued + table.counts.inserted + table.counts.updated + table.counts.deleted + table.counts.absent > 0;
  };
  const auto has_changes = [](const std::vector<std::string>& columns) { return !columns.empty(); };
  return records_.quarantined > 0 || std::ranges::any_of(tables_, changed) || std::ranges::any_of(column_changes_, has_changes);
}

PassCommit Chunk::pass_commit() const {
  return {.tables = joined_names(pass_),
          .chunk = run_.chunks + 1,
          .bytes_read = records_.bytes_read,
          .records_read = records_.read,
          .records_decoded = records_.decoded,
          .records_quarantined = records_.quarantined,
          .records_filtered = records_.filtered};
}

// The chunk stands: into the report, and what the next chunk of the pass begins with.
void Chunk::report() {
  for (std::size_t i = 0; i < tables_.size(); ++i) {
    TableReport& table = run_.report.tables[pass_.tables[i].number];
    table.rows_decoded += tables_[i].rows_decoded;
    table.rejected += tables_[i].rejected;
    table.rescued += tables_[i].rescued;
    table.counts += tables_[i].counts;
    if (!dry()) {
      std::ranges::move(column_changes_[i], std::back_inserter(table.column_changes));
      ++table.commits;
      table.rows_now = rows_after_[i];
      progress_.row_counts[i] = rows_after_[i];
    }
  }
  report_.bytes_read += records_.bytes_read;
  report_.records_read += records_.read;
  report_.records_decoded += records_.decoded;
  report_.records_quarantined += records_.quarantined;
  for (const auto& [reason, count] : records_.filtered) {
    report_.records_filtered[reason] += count;
  }
  for (const auto& [reason, count] : records_.rejects) {
    report_.rejects[reason] += count;
  }
  for (const auto& [code, count] : records_.remarks) {
    report_.remarks[code] += count;
  }
  if (!dry()) {
    ++report_.commits;
    progress_.tables_ready = true;
  }
}

}  // namespace lakeflow
