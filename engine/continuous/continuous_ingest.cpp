#include "engine/continuous/continuous_ingest.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "engine/continuous/changed_tables.h"

namespace lakeflow {
namespace {

// So often a run that finds nothing new leaves its line in the log all the same: that it was looked at.
constexpr std::chrono::hours kBetweenQuietRuns{1};

Schedule::Duration seconds(double count) { return std::chrono::duration_cast<Schedule::Duration>(std::chrono::duration<double>(count)); }

std::vector<std::string> tables_of(const IngestRequest& run) {
  std::vector<std::string> names = run.only_tables;
  if (names.empty()) {
    for (const PipelineTable& table : run.pipeline->tables) {
      if (std::ranges::find(names, table.source_table) == names.end()) {
        names.push_back(table.source_table);
      }
    }
  }
  return names;
}

class Loop {
 public:
  explicit Loop(const ContinuousRequest& request)
      : request_(request),
        tables_(tables_of(request.run)),
        schedule_(tables_,
                  {.interval = seconds(request.run.pipeline->settings.interval_seconds),
                   .jitter = request.run.pipeline->settings.jitter,
                   .longest_back_off = seconds(request.run.pipeline->settings.longest_back_off_seconds)},
                  request.pause->now(), request.seed),
        changed_(*request.run.connector, request.run.pipeline->tables, tables_, *request.pause, *request.run.log) {
    if (request.run.full_refresh) {
      to_refresh_ = tables_;
    }
  }

  Result<ContinuousEnd> run() {
    LAKEFLOW_ASSIGN(destination_, request_.open_destination());
    std::optional<Error> end;
    while (!end) {
      const std::vector<std::string> due = wait();
      if (request_.run.stop.stop_requested()) {
        end = Error::interrupted("the continuous ingest was stopped", "start it again: it goes on after what was committed");
        break;
      }
      if (!due.empty()) {
        const Pause::Clock::time_point began = request_.pause->now();
        end = run_tables(due);
        const Pause::Clock::time_point ended = request_.pause->now();
        rested_at_ = ended + (ended - began);
      }
    }
    if (destination_ != nullptr) {
      request_.close_destination();
    }
    return ContinuousEnd{.runs = runs_, .error = *std::move(end), .reader_abandoned = reader_abandoned_};
  }

 private:
  // Until the next beat, or until a signal says that there is something new; then which tables are to be read, perhaps none. What comes all the
  // time is read at most half of the time: the runs' own work is done less often then.
  std::vector<std::string> wait() {
    while (!request_.run.stop.stop_requested()) {
      const Pause::Clock::time_point now = request_.pause->now();
      if (now >= schedule_.next_beat()) {
        changed_.take();
        return schedule_.begin_beat(now);
      }
      const bool any_changed = changed_.any();
      if (any_changed && now >= rested_at_) {
        return schedule_.ready_among(changed_.take(), now);
      }
      request_.pause->wait_until(any_changed ? std::min(rested_at_, schedule_.next_beat()) : schedule_.next_beat(), request_.run.stop);
    }
    return {};
  }

  // Else months of runs that found nothing would fill the log.
  bool log_quiet_run() {
    const Pause::Clock::time_point now = request_.pause->now();
    if (quiet_run_logged_at_ && now - *quiet_run_logged_at_ < kBetweenQuietRuns) return false;
    quiet_run_logged_at_ = now;
    return true;
  }

  // What ends the loop, if anything does.
  std::optional<Error> run_tables(const std::vector<std::string>& due) {
    if (destination_ == nullptr) {
      Result<Destination*> opened = request_.open_destination();
      if (!opened) {
        return no_run(due, std::move(opened).error());
      }
      destination_ = *opened;
    }
    // A refresh is a run of its own, as it concerns all the tables of a run.
    std::vector<std::string> refreshed;
    std::ranges::copy_if(due, std::back_inserter(refreshed),
                         [&](const auto& table) { return std::ranges::find(to_refresh_, table) != to_refresh_.end(); });
    IngestRequest run = request_.run;
    run.destination = destination_;
    run.full_refresh = !refreshed.empty();
    run.only_tables = run.full_refresh ? refreshed : due;
    run.log_quiet_run = log_quiet_run();
    Result<RunReport> report = ingest(run);
    if (!report) {
      return no_run(due, std::move(report).error());
    }
    ++runs_;
    std::optional<Error> end = conclude(*report);
    if (!end && destination_ != nullptr) {
      tidy_destination();
    }
    return end;
  }

  std::optional<Error> conclude(const RunReport& report) {
    for (const std::string& name : tables_) {
      record(name, report);
    }
    request_.listener->on_run(report, schedule_);
    reader_abandoned_ = report.reader_abandoned;
    if (!report.error) {
      return std::nullopt;
    }
    if (report.reader_abandoned || !may_pass(*report.error)) {
      return report.error;
    }
    let_go_of_destination(*report.error);
    return std::nullopt;
  }

  // A source table may land in several tables: all of them must have come to their end.
  void record(const std::string& name, const RunReport& report) {
    bool ran = false;
    bool failed = report.error.has_value();
    for (const TableReport& table : report.tables) {
      if (table.source_table == name) {
        ran = true;
        failed = failed || table.error.has_value();
      }
    }
    if (!ran) {
      return;
    }
    if (failed) {
      schedule_.failed(name, request_.pause->now());
    } else {
      schedule_.succeeded(name);
      std::erase(to_refresh_, name);
    }
  }

  std::optional<Error> no_run(const std::vector<std::string>& due, Error error) {
    for (const std::string& table : due) {
      schedule_.failed(table, request_.pause->now());
    }
    if (!may_pass(error)) {
      return error;
    }
    request_.listener->on_no_run(error, schedule_);
    let_go_of_destination(error);
    return std::nullopt;
  }

  // What fails here fails again with the next commit, which is then a run's to tell.
  void tidy_destination() {
    if (const Status tidied = destination_->between_runs(); !tidied) {
      request_.run.log->log(LogLevel::kWarning, "the destination could not be tidied between runs", {{"error", tidied.error().message()}});
      let_go_of_destination(tidied.error());
    }
  }

  void let_go_of_destination(const Error& error) {
    if (error.kind() == ErrorKind::kDestination && destination_ != nullptr) {
      destination_ = nullptr;
      quiet_run_logged_at_.reset();  // the next one may be another file
      request_.close_destination();
    }
  }

  const ContinuousRequest& request_;
  const std::vector<std::string> tables_;
  Schedule schedule_;
  std::vector<std::string> to_refresh_;
  Destination* destination_ = nullptr;
  std::uint64_t runs_ = 0;
  std::optional<Pause::Clock::time_point> quiet_run_logged_at_;
  bool reader_abandoned_ = false;
  Pause::Clock::time_point rested_at_;
  ChangedTables changed_;
};

}  // namespace

bool may_pass(const Error& error) { return error.kind() == ErrorKind::kSource || error.kind() == ErrorKind::kDestination; }

Result<ContinuousEnd> ingest_continuously(const ContinuousRequest& request) { return Loop(request).run(); }

}  // namespace lakeflow
