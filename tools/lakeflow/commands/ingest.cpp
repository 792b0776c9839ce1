#include "engine/ingest/ingest.h"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <iterator>

#include <fmt/format.h>

#include "engine/monitor/run_monitor.h"
#include "tools/lakeflow/command_log.h"
#include "tools/lakeflow/commands/all_commands.h"
#include "tools/lakeflow/commands/ingest_continuous.h"
#include "tools/lakeflow/console.h"
#include "tools/lakeflow/http_trace.h"
#include "tools/lakeflow/ingest_progress.h"
#include "tools/lakeflow/pipeline_session.h"
#include "tools/lakeflow/run_destination.h"
#include "tools/lakeflow/run_outlets.h"
#include "tools/lakeflow/setting_flags.h"
#include "tools/lakeflow/stop_signals.h"

namespace lakeflow {
namespace {

void print_report(const RunReport& report, Console& console) {
  if (console.json()) {
    console.print(to_json(report) + "\n");
  } else {
    for (const std::string& line : summary_lines(report, false)) {
      console.print(line + "\n");
    }
  }
  for (const TableReport& table : report.tables) {
    if (table.error) {
      console.error(table.error->at(fmt::format("table {}", table.source_table)));
    }
  }
  if (report.error) {
    console.error(*report.error);
  }
}

std::vector<Parameter> rhythm_parameters() {
  return {setting_parameter("interval", "With --continuous: from the beginning of a run to that of the next, such as 30s; default 60s"),
          setting_parameter("jitter", "With --continuous: by how much of it an interval may vary; default 10%")};
}

Result<int> run_once(const IngestRequest& request, RunDestination& destination, const RunTelling& telling) {
  Console& console = telling.console;
  LAKEFLOW_ASSIGN(Destination* const opened, destination.open());
  IngestRequest run = request;
  run.destination = opened;
  LAKEFLOW_ASSIGN(const RunReport report, ingest(run));
  telling.monitor.run_ended(report);
  telling.outlets.write_metrics_file();
  telling.progress.clear();
  print_report(report, console);
  destination.close(!(report.error && report.error->kind() == ErrorKind::kDestination));
  if (report.reader_abandoned) {
    // Its thread still waits inside the connector, which therefore must not be destroyed.
    console.flush();
    std::_Exit(report.exit_code());
  }
  return report.exit_code();
}

Status check_rhythm(const Arguments& arguments) {
  const bool continuous = arguments.flag("continuous");
  for (const Parameter& parameter : rhythm_parameters()) {
    if (!continuous && arguments.find(parameter.name)) {
      return std::unexpected(Error::user(fmt::format("--{} says how often to run, and this is one run", parameter.name), "add --continuous"));
    }
  }
  if (continuous && arguments.flag("dry-run")) {
    return std::unexpected(Error::user("--dry-run lands nothing, so running it again and again gives the same", "take --continuous out"));
  }
  return {};
}

Result<int> run_ingest(const Arguments& arguments, Session& session) {
  Console& console = session.console;
  const bool continuous = arguments.flag("continuous");
  LAKEFLOW_TRY(check_rhythm(arguments));
  LAKEFLOW_ASSIGN(Pipeline pipeline, open_logged_pipeline(arguments, session));
  LAKEFLOW_TRY(apply_settings(rhythm_parameters(), arguments, pipeline));
  LAKEFLOW_TRY(apply_settings(outlet_parameters(), arguments, pipeline));
  LAKEFLOW_ASSIGN(const std::unique_ptr<CommandLog> log, CommandLog::open(pipeline, console));
  LAKEFLOW_ASSIGN(const std::unique_ptr<HttpTrace> trace, HttpTrace::open(arguments, *log));
  const auto on_stop = [&] {
    console.note(continuous ? "stopping" : "stopping: the chunk under way is finished first; once more stops at once, and loses nothing");
    log->log(LogLevel::kInfo, "a stop was asked for", {{"pipeline", pipeline.name}});
  };
  // A service has to be gone within a second. What is under way then (a long commit, a checkpoint) may take longer, and is safe to leave.
  const StopSignals signals(on_stop, log->has_file() ? std::function<void()>([&] { log->reopen(); }) : nullptr,
                            continuous ? std::optional(std::chrono::milliseconds(850) * LAKEFLOW_SLOWDOWN) : std::nullopt);
  const auto ingest_with = [&]() -> Result<int> {
    LAKEFLOW_ASSIGN(const std::unique_ptr<LakeflowConnect> source, open_source(pipeline, arguments, session));
    IngestProgress progress(console, continuous);
    RunMonitor monitor(pipeline, continuous, &progress);
    LAKEFLOW_ASSIGN(const std::unique_ptr<RunOutlets> outlets, RunOutlets::open(pipeline, monitor, *log));
    if (!outlets->url().empty()) {
      console.note(fmt::format("metrics at {0}/metrics, health at {0}/healthz", outlets->url()));
    }
    RunDestination destination(pipeline, monitor, console);
    const IngestRequest request{.pipeline = &pipeline,
                                .connector = source.get(),
                                .destination = nullptr,
                                .only_tables = arguments.list("table"),
                                .full_refresh = arguments.flag("full-refresh"),
                                .dry_run = arguments.flag("dry-run"),
                                .stop = signals.token(),
                                .progress = &monitor,
                                .log = trace.get()};
    const RunTelling telling{.monitor = monitor, .outlets = *outlets, .progress = progress, .console = console};
    return continuous ? run_continuous_ingest(request, destination, telling) : run_once(request, destination, telling);
  };
  Result<int> code = ingest_with();
  if (!code) {
    log->end_with(code.error());
  }
  return code;
}

}  // namespace

Command ingest_command() {
  Command command{.name = "ingest",
                  .summary = "Bring what is new in the source into the destination",
                  .description =
                      "Goes on from where the last run came to, and lands rows, rejects and the new place in one transaction a chunk:\n"
                      "a run that is killed loses and doubles nothing. SIGINT and SIGTERM finish the chunk; a second one stops at once.\n"
                      "With --continuous it runs again and again until it is stopped, which then takes less than a second; a table that\n"
                      "fails is tried more and more rarely, and the others go on. docs/operating.md tells how to run it as a service.",
                  .examples = {"lakeflow ingest clinic.yaml", "lakeflow ingest clinic.yaml --table Patient --full-refresh",
                               "lakeflow ingest clinic.yaml --continuous --interval 30s"},
                  .parameters = {pipeline_parameter(),
                                 {.name = "table", .help = "Only this source table", .form = Parameter::Form::kRepeatedOption},
                                 {.name = "continuous", .help = "Run again and again", .form = Parameter::Form::kFlag},
                                 {.name = "full-refresh",
                                  .help = "Read from the beginning, into a new table that takes the old one's place when it is whole",
                                  .form = Parameter::Form::kFlag},
                                 {.name = "dry-run", .help = "Read and decode, and land nothing", .form = Parameter::Form::kFlag},
                                 secrets_parameter(),
                                 trace_parameter()},
                  .run = run_ingest};
  for (std::vector<Parameter> parameters : {rhythm_parameters(), log_parameters(), outlet_parameters()}) {
    std::ranges::move(parameters, std::back_inserter(command.parameters));
  }
  return command;
}

}  // namespace lakeflow
