#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "tools/builtin/builtin.h"
#include "tools/lakeflow/commands/all_commands.h"
#include "tools/lakeflow/console.h"
#include "tools/lakeflow/ingest_progress.h"
#include "tools/lakeflow/output/text_table.h"
#include "tools/lakeflow/pipeline_session.h"
#include "tools/lakeflow/recorded_state.h"

namespace lakeflow {
namespace {

using Json = nlohmann::ordered_json;

Json or_null(const std::string& text) { return text.empty() ? Json() : Json(text); }

Json status_json(const Pipeline& pipeline, const PipelineStatus& status, const Destination& destination) {
  Json document = {{"pipeline", pipeline.name}, {"destination", destination.describe()}, {"quarantined", status.quarantined}};
  Json& tables = document["tables"] = Json::array();
  for (const TableStatus& table : status.tables) {
    tables.push_back({{"source_table", table.source_table},
                      {"destination_table", table.destination_table},
                      {"rows", table.rows ? Json(*table.rows) : Json()},
                      {"rejects", table.rejects},
                      {"last_commit_at", or_null(table.last_commit_at)},
                      {"last_run_id", or_null(table.last_run_id)},
                      {"read_up_to", table.read_up_to},
                      {"offset", table.offset.empty() ? Json() : Json::parse(table.offset, nullptr, false)}});
  }
  Json& runs = document["runs"] = Json::array();
  for (const RunStatus& run : status.runs) {
    runs.push_back({{"run_id", run.run_id},
                    {"started_at", run.started_at},
                    {"finished_at", or_null(run.finished_at)},
                    {"outcome", run.outcome},
                    {"error", or_null(run.error)}});
  }
  return document;
}

// This process could open the destination, so no run is under way: one that is still "running" was killed.
std::string outcome_text(const RunStatus& run) {
  return run.outcome == "running" ? "killed; the next run goes on from its last commit" : run.outcome;
}

void print_status(const Pipeline& pipeline, const PipelineStatus& status, const Destination& destination, Console& console) {
  console.print(fmt::format("{} into {}\n\n", pipeline.name, destination.describe()));
  const std::size_t width = console.form().output_is_terminal ? console.form().width : 0;
  TextTable tables({{"TABLE"}, {"LANDS IN"}, {"ROWS", Align::kRight}, {"REJECTS", Align::kRight}, {"LAST COMMIT"}, {"READ UP TO"}}, width);
  for (const TableStatus& table : status.tables) {
    tables.add({table.source_table, table.destination_table, table.rows ? grouped(*table.rows) : "-", grouped(table.rejects),
                table.last_commit_at.empty() ? "never" : table.last_commit_at, table.read_up_to});
  }
  TextTable runs({{"RUN"}, {"STARTED"}, {"FINISHED"}, {"OUTCOME"}, {"ERROR"}}, width);
  for (const RunStatus& run : status.runs) {
    runs.add({run.run_id, run.started_at, run.finished_at.empty() ? "-" : run.finished_at, outcome_text(run), run.error});
  }
  console.print(tables.render() + "\n" + runs.render());
  if (status.quarantined > 0) {
    console.note(fmt::format("\n{} in quarantine: lakeflow quarantine list shows them", grouped(status.quarantined)));
  }
}

Result<int> run_status(const Arguments& arguments, Session& session) {
  LAKEFLOW_ASSIGN(const Pipeline pipeline, open_pipeline(arguments, session));
  LAKEFLOW_ASSIGN(const std::unique_ptr<Destination> destination, open_destination(pipeline, true));
  const auto source = open_source(pipeline, arguments, session);  // without its secrets, offsets are shown as they are
  LAKEFLOW_ASSIGN(const PipelineStatus status,
                  read_status(*destination, pipeline, source ? source->get() : nullptr, static_cast<std::size_t>(arguments.count("runs"))));
  if (session.console.json()) {
    session.console.print(status_json(pipeline, status, *destination).dump(2) + "\n");
  } else {
    print_status(pipeline, status, *destination, session.console);
  }
  return kExitDone;
}

}  // namespace

Command status_command() {
  return {.name = "status",
          .summary = "Show how far each table is, what was rejected, and the last runs",
          .description = "Opens the database for reading only; the source is not asked.",
          .examples = {"lakeflow status clinic.yaml"},
          .parameters = {pipeline_parameter(),
                         secrets_parameter(),
                         {.name = "runs", .help = "How many runs", .value = Parameter::Value::kCount, .default_value = "5"}},
          .run = run_status};
}

}  // namespace lakeflow
