#include "engine/ingest/ingest.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <span>
#include <utility>

#include "engine/ingest/pass.h"
#include "engine/ingest/pass_run.h"
#include "engine/ingest/run_id.h"
#include "engine/ingest/run_state.h"

namespace lakeflow {
namespace {

Result<std::vector<const PipelineTable*>> chosen_tables(const IngestRequest& request) {
  const Pipeline& pipeline = *request.pipeline;
  std::vector<std::string> known;
  std::vector<const PipelineTable*> chosen;
  for (const PipelineTable& table : pipeline.tables) {
    known.push_back(table.source_table);
    if (request.only_tables.empty() || std::ranges::find(request.only_tables, table.source_table) != request.only_tables.end()) {
      chosen.push_back(&table);
    }
  }
  for (const std::string& name : request.only_tables) {
    if (std::ranges::find(known, name) == known.end()) {
      const std::optional<std::string> nearest = nearest_name(name, known);
      return std::unexpected(Error::user(fmt::format("pipeline {} has no table {}", pipeline.name, name),
                                         nearest ? fmt::format("did you mean {}?", *nearest) : "its tables are listed under `objects`"));
    }
  }
  if (chosen.empty()) {
    return std::unexpected(Error::user(fmt::format("pipeline {} has no tables", pipeline.name), "list them under `objects`"));
  }
  return chosen;
}

std::vector<TableFailure> failures(const RunState& run) {
  std::vector<TableFailure> failures;
  for (const TableReport& table : run.report.tables) {
    if (table.error) {
      failures.push_back({.owner = {run.report.pipeline, table.source_table, table.destination_table},
                          .kind = std::string(error_kind_name(table.error->kind())),
                          .message = table.error->message()});
    }
  }
  return failures;
}

// A table of the run whose deletes are remembered, by its number in the report. What a full refresh builds has no old ones.
struct RememberingTable {
  std::size_t number = 0;
  ApplyPlan plan;
};

std::vector<RememberingTable> remembering_tables(std::span<const Pass> passes) {
  std::vector<RememberingTable> tables;
  for (const Pass& pass : passes) {
    for (const PlannedTable& table : pass.tables) {
      const ApplyPlan& plan = table.plan.apply_plan();
      if (plan.mode == ApplyMode::kChanges && !table.refreshing) tables.push_back({table.number, plan});
    }
  }
  return tables;
}

// Only tables that this run committed to: the others may not be there.
Status forget_old_deletes(const RunState& run, std::span<const RememberingTable> tables, Transaction& transaction) {
  const std::optional<double> retention = run.request.pipeline->settings.tombstone_retention;
  if (!retention) {
    return {};
  }
  for (const RememberingTable& table : tables) {
    if (run.report.tables[table.number].commits == 0) continue;
    LAKEFLOW_TRY(transaction.forget_deletes(table.plan, run.stamp.started_at - static_cast<TimestampMicros>(*retention * 1e6)));
  }
  return {};
}

// The run's line: "running", then how it ended.
Status log_run(RunState& run, std::string_view outcome, std::optional<TimestampMicros> finished_at, std::string error,
               std::span<const RememberingTable> tables) {
  LAKEFLOW_ASSIGN(const std::unique_ptr<Transaction> transaction, run.request.destination->begin());
  LAKEFLOW_TRY(forget_old_deletes(run, tables, *transaction));
  RunLine line = run.line(outcome);
  line.finished_at = finished_at;
  line.error = std::move(error);
  LAKEFLOW_TRY(transaction->log_run(line));
  LAKEFLOW_TRY(transaction->log_failures(run.stamp.run_id, failures(run)));
  if (run.dead_letters && run.dead_letters->is_settled()) {
    LAKEFLOW_TRY(run.dead_letters->put_length(*transaction));
  }
  LAKEFLOW_TRY(transaction->commit());
  run.logged = true;
  return {};
}

Status open_dead_letters(RunState& run) {
  const Pipeline& pipeline = *run.request.pipeline;
  if (pipeline.settings.error_handling != ErrorHandling::kDeadLetter) {
    return {};
  }
  LAKEFLOW_ASSIGN(DeadLetters letters,
                  DeadLetters::open(pipeline.settings.dead_letter_path, run.stamp.run_id, pipeline.name, *run.request.destination));
  run.dead_letters.emplace(std::move(letters));
  return {};
}

Error interrupted_error(const RunState& run, bool abandoned) {
  std::string next_step = fmt::format("run `lakeflow ingest` again: pipeline {} goes on after what was committed", run.request.pipeline->name);
  return abandoned
             ? Error::interrupted("the run was stopped, and a reader that hung was left alone: the chunk under way was not committed", next_step)
             : Error::interrupted("the run was stopped before the source's end", next_step);
}

void note_unread(RunState& run, std::span<const Pass> passes) {
  for (const Pass& pass : passes) {
    for (const PlannedTable& table : pass.tables) {
      run.report.tables[table.number].note = "not read: the run ended before its turn";
    }
  }
}

void run_passes(RunState& run, std::vector<Pass> passes) {
  run.report.passes.reserve(passes.size());  // a pass under way refers to its report
  for (std::size_t i = 0; i < passes.size(); ++i) {
    PassReport& report = run.report.passes.emplace_back();
    for (const PlannedTable& table : passes[i].tables) {
      report.source_tables.push_back(table.owner.source_table);
    }
    const TimestampMicros began = now_micros();
    const Outcome<PassEnd> end = PassRun(run, std::move(passes[i]), report).run();
    report.seconds = static_cast<double>(now_micros() - began) / 1e6;
    if (!end || *end != PassEnd::kFinished) {
      run.report.error = end ? interrupted_error(run, *end == PassEnd::kAbandoned) : end.error().error;
      note_unread(run, std::span(passes).subspan(i + 1));
      return;
    }
  }
}

RunOutcome verdict(const RunReport& report) {
  if (report.error) {
    return report.error->kind() == ErrorKind::kInterrupted ? RunOutcome::kInterrupted : RunOutcome::kFailed;
  }
  const auto failed =
      static_cast<std::size_t>(std::ranges::count_if(report.tables, [](const TableReport& table) { return table.error.has_value(); }));
  return failed == 0 ? RunOutcome::kDone : failed == report.tables.size() ? RunOutcome::kFailed : RunOutcome::kPartial;
}

std::string error_line(const RunReport& report) {
  if (report.error) {
    return report.error->message();
  }
  for (const TableReport& table : report.tables) {
    if (table.error) {
      return fmt::format("{}: {}", table.source_table, table.error->message());
    }
  }
  return {};
}

void log_report(const RunReport& report, Logger& log) {
  const auto number = [](std::uint64_t count) { return fmt::format("{}", count); };
  for (const TableReport& table : report.tables) {
    if (!table.error) {
      log.log(LogLevel::kInfo, "table read",
              {{"table", table.source_table},
               {"rows", number(table.rows_decoded)},
               {"inserted", number(table.counts.inserted)},
               {"updated", number(table.counts.updated)},
               {"deleted", number(table.counts.deleted + table.counts.absent)},
               {"rejected", number(table.rejected)},
               {"note", table.note}});
    }
  }
  if (report.error) {
    log.log(report.error->kind() == ErrorKind::kInterrupted ? LogLevel::kInfo : LogLevel::kError, "run cut short",
            {{"kind", std::string(error_kind_name(report.error->kind()))}, {"error", report.error->message()}});
  }
  log.log(LogLevel::kInfo, "run ended",
          {{"outcome", std::string(run_outcome_name(report.outcome))},
           {"rows", number(report.rows())},
           {"rejects", number(report.rejects())},
           {"seconds", fmt::format("{:.3f}", report.seconds())}});
}

}  // namespace

Result<RunReport> ingest(const IngestRequest& asked) {
  LAKEFLOW_ASSIGN(const std::vector<const PipelineTable*> chosen, chosen_tables(asked));

  const TimestampMicros started_at = now_micros();
  const std::string run_id = make_run_id(started_at);
  FieldLogger log(*asked.log, {{"run_id", run_id}, {"pipeline", asked.pipeline->name}});
  IngestRequest request = asked;
  request.log = &log;
  RunState run{
      .request = request, .stamp = {.run_id = run_id, .started_at = started_at}, .report = {}, .dead_letters = {}, .chunks = 0, .logged = false};
  run.report.run_id = run.stamp.run_id;
  run.report.pipeline = request.pipeline->name;
  run.report.destination = request.destination->describe();
  run.report.started_at = started_at;
  run.report.dry_run = request.dry_run;
  run.report.full_refresh = request.full_refresh;
  for (const PipelineTable* table : chosen) {
    TableReport& report = run.report.tables.emplace_back();
    report.source_table = table->source_table;
    report.destination_table = table->destination.text();
  }
  if (!request.dry_run) {
    LAKEFLOW_TRY(open_dead_letters(run));
    if (request.log_quiet_run) {
      LAKEFLOW_TRY(log_run(run, "running", {}, {}, {}));
    }
  }
  if (request.progress != nullptr) {
    request.progress->run_began(run.stamp.run_id);
  }
  request.log->log(LogLevel::kInfo, "run started");

  RunPlan plan = plan_passes(request, chosen, started_at);
  for (UnplannedTable& failure : plan.failures) {
    request.log->log(LogLevel::kError, "table can't be read",
                     {{"table", run.report.tables[failure.number].source_table}, {"error", failure.error.message()}});
    run.report.tables[failure.number].error = std::move(failure.error);
  }
  for (const Pass& pass : plan.passes) {
    for (const PlannedTable& table : pass.tables) {
      if (!table.left_out.empty()) {
        run.report.tables[table.number].column_changes.push_back(fmt::format("{} of the source left out by schema_contract: {}",
                                                                             table.left_out.size() == 1 ? "a column" : "columns",
                                                                             fmt::join(table.left_out, ", ")));
      }
    }
  }
  const std::vector<RememberingTable> remembering = remembering_tables(plan.passes);
  run_passes(run, std::move(plan.passes));

  run.report.outcome = verdict(run.report);
  run.report.finished_at = now_micros();
  if (!request.dry_run && (run.logged || !is_quiet(run.report))) {
    Status logged = log_run(run, run_outcome_name(run.report.outcome), run.report.finished_at, error_line(run.report), remembering);
    if (!logged && !run.report.error) {
      run.report.error = std::move(logged).error();
      run.report.outcome = RunOutcome::kFailed;
    }
  }
  log_report(run.report, *request.log);
  return std::move(run.report);
}

}  // namespace lakeflow
