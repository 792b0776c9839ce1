#include "engine/quarantine/replay.h"

#include <fmt/format.h>

#include <fstream>
#include <iterator>

#include "tools/builtin/builtin.h"
#include "tools/lakeflow/commands/all_commands.h"
#include "tools/lakeflow/confirmation.h"
#include "tools/lakeflow/console.h"
#include "tools/lakeflow/pipeline_session.h"
#include "tools/lakeflow/quarantined_records.h"
#include "tools/lakeflow/recorded_state.h"
#include "tools/lakeflow/stop_signals.h"

namespace lakeflow {
namespace {

const char* records(std::uint64_t count) { return count == 1 ? "record" : "records"; }

void print_report(const ReplayReport& report, Console& console) {
  if (console.json()) {
    console.print(to_json(report) + "\n");
    return;
  }
  const char* const would = report.dry_run ? "would be " : "";
  for (const TableReport& table : report.tables) {
    const ApplyCounts& counts = table.counts;
    std::string line = fmt::format("{} -> {}: {} rows", table.source_table, table.destination_table, table.rows_decoded);
    if (!report.dry_run) {
      line +=
          fmt::format(", {} inserted, {} updated, {} unchanged, {} superseded", counts.inserted, counts.updated, counts.unchanged, counts.superseded);
    }
    console.print(line + (table.rejected > 0 ? fmt::format(", {} rejected", table.rejected) : "") + "\n");
  }
  std::string reasons;
  for (const auto& [reason, count] : report.failures) {
    reasons += fmt::format("{}{} {}", reasons.empty() ? ": " : ", ", count, reason);
  }
  console.print(fmt::format("{} {}: {} {}replayed, {} {}fail{} again{}{}\n", report.entries, records(report.entries), report.replayed, would,
                            report.failed_again, report.dry_run ? "would " : "", report.dry_run ? "" : "ed", reasons,
                            report.passed_over > 0 ? fmt::format(", {} passed over", report.passed_over) : ""));
  for (const std::string& problem : report.problems) {
    console.note("passed over: " + problem);
  }
  if (report.stopped) {
    console.note("stopped: what was replayed stands; replay again for the rest");
  }
}

Result<std::string> read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string bytes((std::istreambuf_iterator<char>(file)), {});
  if (!file) {
    return std::unexpected(Error::user(fmt::format("cannot read {}", path), "--from names the file with the corrected bytes of one record"));
  }
  return bytes;
}

Result<int> run_quarantine_replay(const Arguments& arguments, Session& session) {
  const StopSignals signals([&session] { session.console.note("stopping after the transaction under way"); });
  LAKEFLOW_ASSIGN(const Pipeline pipeline, open_pipeline(arguments, session));
  ReplayRequest request;
  request.pipeline = &pipeline;
  request.filter = quarantine_filter(arguments);
  request.dry_run = arguments.flag("dry-run");
  request.by = {.user = user_name(), .reason = arguments.text("because")};
  request.log = &session.console;
  request.stop = signals.token();
  if (const std::optional<std::string> from = arguments.find("from")) {
    if (request.filter.ids.size() != 1) {
      return std::unexpected(Error::user("--from gives the corrected bytes of one record", "name it with --id"));
    }
    LAKEFLOW_ASSIGN(request.corrected, read_file(*from));
  }
  LAKEFLOW_ASSIGN(const std::unique_ptr<LakeflowConnect> source, open_source(pipeline, arguments, session));
  LAKEFLOW_ASSIGN(const std::unique_ptr<Destination> destination, open_destination(pipeline, false));
  LAKEFLOW_TRY(require_recorded_state(*destination));
  request.connector = source.get();
  request.destination = destination.get();
  LAKEFLOW_ASSIGN(const ReplayReport report, replay_quarantine(request));
  if (report.entries == 0 && !request.filter.ids.empty()) {
    return std::unexpected(Error::user("no open record with that id is in quarantine", "lakeflow quarantine list shows the ids"));
  }
  print_report(report, session.console);
  LAKEFLOW_TRY(destination->close());
  return report.stopped ? exit_code(ErrorKind::kInterrupted) : kExitDone;
}

}  // namespace

Command quarantine_replay_command() {
  Command command{
      .name = "quarantine replay",
      .summary = "Decode quarantined records again, after a repair: what becomes rows lands, what fails again stays",
      .description =
          "After a newer program, a corrected option (default_character_set), or by hand: --id ID --from FILE takes the corrected bytes of a\n"
          "record from a file (`quarantine export` writes them). Rows get the keys and the place in the source that they would have had.\n"
          "Who replayed what and why is kept in _lakeflow.quarantine_changes. Stop a running ingest first.",
      .examples = {"lakeflow quarantine replay clinic.yaml --dry-run", "lakeflow quarantine replay clinic.yaml --reason missing_key",
                   "lakeflow quarantine replay clinic.yaml --id 3f2a91c0b7d4 --from mended.hl7 --because 'header repaired'"},
      .parameters = quarantine_filter_parameters(),
      .run = run_quarantine_replay};
  command.parameters.push_back(
      {.name = "from", .help = "With one --id: a file with the corrected bytes of the record", .value = Parameter::Value::kFile});
  command.parameters.push_back({.name = "limit", .help = "How many at most; 0 is all", .value = Parameter::Value::kCount, .default_value = "0"});
  command.parameters.push_back({.name = "dry-run", .help = "Decode, and write nothing", .form = Parameter::Form::kFlag});
  command.parameters.push_back({.name = "because", .help = "Why, in your words: it is written down with your name"});
  command.parameters.push_back(secrets_parameter());
  return command;
}

}  // namespace lakeflow
