#include "engine/quarantine/drop.h"

#include <fmt/format.h>

#include "base/clock.h"
#include "base/options.h"
#include "tools/builtin/builtin.h"
#include "tools/lakeflow/commands/all_commands.h"
#include "tools/lakeflow/confirmation.h"
#include "tools/lakeflow/console.h"
#include "tools/lakeflow/pipeline_session.h"
#include "tools/lakeflow/quarantined_records.h"
#include "tools/lakeflow/recorded_state.h"

namespace lakeflow {
namespace {

std::string found_text(const DropReport& report) {
  std::string text;
  for (const auto& [reason, count] : report.reasons) {
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", count, reason);
  }
  return fmt::format("{} {}{}", report.entries, report.entries == 1 ? "record" : "records", text.empty() ? "" : ": " + text);
}

Result<int> run_quarantine_drop(const Arguments& arguments, Session& session) {
  Console& console = session.console;
  LAKEFLOW_ASSIGN(const Pipeline pipeline, open_pipeline(arguments, session));
  DropRequest request;
  request.pipeline = &pipeline;
  request.filter = quarantine_filter(arguments);
  request.by = {.user = user_name(), .reason = arguments.text("because")};
  if (const std::optional<std::string> age = arguments.find("older-than")) {
    const std::optional<double> seconds = parse_duration_seconds(*age);
    if (!seconds || *seconds <= 0) {
      return std::unexpected(Error::user("--older-than is no time above zero", "write it as 90d or 12h"));
    }
    request.filter.last_seen_before = now_micros() - static_cast<TimestampMicros>(*seconds * 1e6);
  } else if (request.filter.ids.empty() && request.filter.state != "replayed" && request.filter.state != "corrected") {
    return std::unexpected(Error::user("which records are meant is not said", "name them with --older-than 90d, --id ID or --state replayed"));
  }
  LAKEFLOW_ASSIGN(const std::unique_ptr<Destination> destination, open_destination(pipeline, false));
  LAKEFLOW_TRY(require_recorded_state(*destination));
  request.destination = destination.get();
  request.confirm = [&](const DropReport& report) {
    return confirm(arguments, console,
                   fmt::format("{} will be taken out of quarantine with their bytes, and can't be brought back", found_text(report)));
  };
  LAKEFLOW_ASSIGN(const DropReport report, drop_from_quarantine(request));
  if (report.entries == 0 && !request.filter.ids.empty()) {
    return std::unexpected(Error::user("no such record is in quarantine", "lakeflow quarantine list --state all shows the ids"));
  }
  if (console.json()) {
    console.print(fmt::format("{{\"dropped\":{}}}\n", report.entries));
  } else {
    console.print(fmt::format("dropped {}\n", found_text(report)));
  }
  LAKEFLOW_TRY(destination->close());
  return kExitDone;
}

}  // namespace

Command quarantine_drop_command() {
  Command command{
      .name = "quarantine drop",
      .summary = "Take records out of quarantine for good, with their bytes",
      .description =
          "Who dropped which and why is kept in _lakeflow.quarantine_changes. What the source sends again is in quarantine again. Stop a running\n"
          "ingest first.",
      .examples = {"lakeflow quarantine drop clinic.yaml --older-than 90d --because 'none of them can be mended'",
                   "lakeflow quarantine drop clinic.yaml --state replayed --yes"},
      .parameters = quarantine_filter_parameters(),
      .run = run_quarantine_drop};
  command.parameters.push_back({.name = "older-than", .help = "Only what was last seen longer ago, such as 90d"});
  command.parameters.push_back({.name = "state",
                                .help = "Only in this state",
                                .value = Parameter::Value::kChoice,
                                .default_value = "all",
                                .choices = {std::string(kOpenState), "replayed", "corrected", "all"}});
  command.parameters.push_back({.name = "because", .help = "Why, in your words: it is written down with your name"});
  command.parameters.push_back(yes_parameter());
  return command;
}

}  // namespace lakeflow
