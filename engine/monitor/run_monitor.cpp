#include "engine/monitor/run_monitor.h"

#include <algorithm>
#include <map>

#include <unistd.h>

namespace lakeflow {

RunMonitor::RunMonitor(const Pipeline& pipeline, bool continuous, ProgressListener* next) : next_(next) {
  state_.pipeline = pipeline.name;
  state_.process_id = ::getpid();
  state_.started_at = now_micros();
  state_.continuous = continuous;
  if (continuous) {
    state_.interval_seconds = pipeline.settings.interval_seconds;
    state_.longest_back_off_seconds = pipeline.settings.longest_back_off_seconds;
  }
  for (const PipelineTable& table : pipeline.tables) {
    TableSnapshot& one = state_.tables.emplace_back();
    one.source_table = table.source_table;
    one.destination_table = table.destination.text();
  }
}

void RunMonitor::run_began(const std::string& run_id) {
  if (next_ != nullptr) {
    next_->run_began(run_id);
  }
  const std::lock_guard lock(mutex_);
  state_.run_id = run_id;
  state_.destination_error.clear();
  for (TableSnapshot& table : state_.tables) {
    table.rows_under_way = 0;
    table.committed_under_way = 0;
    table.bytes_under_way = 0;
    table.rows_per_second = 0;
  }
}

void RunMonitor::on_progress(std::span<const TableProgress> tables_of_pass) {
  if (next_ != nullptr) {
    next_->on_progress(tables_of_pass);
  }
  const std::lock_guard lock(mutex_);
  for (const TableProgress& progress : tables_of_pass) {
    if (TableSnapshot* table = find(progress.destination_table); table != nullptr) {
      table->reading = !progress.finished;
      table->rows_under_way = progress.rows;
      table->committed_under_way = progress.committed_rows;
      table->bytes_under_way = progress.bytes;
      table->rows_per_second = progress.rows_per_second;
      table->next_run_at.reset();
    }
  }
}

void RunMonitor::run_ended(const RunReport& report) {
  const std::lock_guard lock(mutex_);
  state_.run_id.clear();
  ++state_.runs[std::string(run_outcome_name(report.outcome))];
  state_.last_run_seconds = report.seconds();
  state_.last_run_at = report.finished_at;
  for (const PassReport& pass : report.passes) {
    state_.bytes_read += pass.bytes_read;
    state_.records_read += pass.records_read;
    for (const auto& [reason, count] : pass.rejects) {
      state_.rejects[reason] += count;
    }
  }
  for (const TableReport& ran : report.tables) {
    TableSnapshot* table = find(ran.destination_table);
    if (table == nullptr) {
      continue;
    }
    table->reading = false;
    table->rows_per_second = 0;
    table->counts += ran.counts;
    table->rejected += ran.rejected;
    table->rescued += ran.rescued;
    const std::optional<Error>& error = ran.error ? ran.error : report.error;
    if (!error) {
      table->failures = 0;
      table->last_success_at = report.finished_at;
    } else if (error->kind() != ErrorKind::kInterrupted) {
      fail(*table, *error, report.finished_at);
    }
  }
}

void RunMonitor::no_run(const Error& error) {
  const std::lock_guard lock(mutex_);
  state_.run_id.clear();
  ++state_.runs["failed"];
  state_.destination_error = error.message();
  for (TableSnapshot& table : state_.tables) {
    fail(table, error, now_micros());
  }
}

void RunMonitor::waits(std::string_view source_table, TimestampMicros next_run_at) {
  const std::lock_guard lock(mutex_);
  for (TableSnapshot& table : state_.tables) {
    if (table.source_table == source_table) {
      table.next_run_at = next_run_at;
    }
  }
}

ProcessSnapshot RunMonitor::snapshot() const {
  const std::lock_guard lock(mutex_);
  ProcessSnapshot snapshot = state_;
  snapshot.taken_at = now_micros();
  return snapshot;
}

TableSnapshot* RunMonitor::find(std::string_view destination_table) {
  const auto found = std::ranges::find(state_.tables, destination_table, &TableSnapshot::destination_table);
  return found == state_.tables.end() ? nullptr : &*found;
}

void RunMonitor::fail(TableSnapshot& table, const Error& error, TimestampMicros at) {
  ++table.failures;
  table.last_error = error.message();
  table.last_error_at = at;
}

}  // namespace lakeflow
