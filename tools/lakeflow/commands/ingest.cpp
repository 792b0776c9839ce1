#include "engine/ingest/ingest.h"

#include <cstdlib>

#include <fmt/format.h>

#include "tools/builtin/builtin.h"
#include "tools/lakeflow/commands/all_commands.h"
#include "tools/lakeflow/console.h"
#include "tools/lakeflow/ingest_progress.h"
#include "tools/lakeflow/pipeline_session.h"
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

Result<int> run_ingest(const Arguments& arguments, Session& session) {
  Console& console = session.console;
  const StopSignals signals([&] { console.note("stopping: the chunk under way is finished first; once more stops at once, and loses nothing"); });
  LAKEFLOW_ASSIGN(const Pipeline pipeline, open_pipeline(arguments, session));
  LAKEFLOW_ASSIGN(const std::unique_ptr<LakeflowConnect> source, open_source(pipeline, arguments, session));
  LAKEFLOW_ASSIGN(const std::unique_ptr<Destination> destination, open_destination(pipeline, false));
  IngestProgress progress(console);
  LAKEFLOW_ASSIGN(const RunReport report, ingest({.pipeline = &pipeline,
                                                  .connector = source.get(),
                                                  .destination = destination.get(),
                                                  .only_tables = arguments.list("table"),
                                                  .full_refresh = arguments.flag("full-refresh"),
                                                  .dry_run = arguments.flag("dry-run"),
                                                  .stop = signals.token(),
                                                  .progress = &progress,
                                                  .log = &console}));
  progress.clear();
  print_report(report, console);
  if (const Status closed = destination->close(); !closed && !(report.error && report.error->kind() == ErrorKind::kDestination)) {
    console.warning(closed.error());
  }
  if (report.reader_abandoned) {
    // Its thread still waits inside the connector, which therefore must not be destroyed.
    console.flush();
    std::_Exit(report.exit_code());
  }
  return report.exit_code();
}

}  // namespace

Command ingest_command() {
  return {.name = "ingest",
          .summary = "Bring what is new in the source into the destination",
          .description =
              "Goes on from where the last run came to, and lands rows, rejects and the new place in one transaction a chunk:\n"
              "a run that is killed loses and doubles nothing. SIGINT and SIGTERM finish the chunk; a second one stops at once.",
          .examples = {"lakeflow ingest clinic.yaml", "lakeflow ingest clinic.yaml --table Patient --full-refresh"},
          .parameters = {pipeline_parameter(),
                         {.name = "table", .help = "Only this source table", .form = Parameter::Form::kRepeatedOption},
                         {.name = "full-refresh", .help = "Forget what was read, and read from the beginning", .form = Parameter::Form::kFlag},
                         {.name = "dry-run", .help = "Read and decode, and land nothing", .form = Parameter::Form::kFlag},
                         secrets_parameter()},
          .run = run_ingest};
}

}  // namespace lakeflow
