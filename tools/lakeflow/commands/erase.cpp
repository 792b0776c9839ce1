#include "engine/erase/erase.h"

#include <fmt/format.h>

#include "tools/builtin/builtin.h"
#include "tools/lakeflow/commands/all_commands.h"
#include "tools/lakeflow/confirmation.h"
#include "tools/lakeflow/console.h"
#include "tools/lakeflow/output/text_table.h"
#include "tools/lakeflow/pipeline_session.h"

namespace lakeflow {
namespace {

std::string found_text(const ErasureReport& report) {
  std::string text;
  for (const ErasureCounts::Table& table : report.counts.tables) {
    if (table.is_reachable) {
      text += fmt::format("{}: {} rows\n", table.table.text(), table.rows);
    }
  }
  return text + fmt::format("quarantine: {} records\ndead letters: {} records\n", report.counts.quarantined, report.dead_letters);
}

Result<int> run_erase(const Arguments& arguments, Session& session) {
  Console& console = session.console;
  LAKEFLOW_ASSIGN(const Pipeline pipeline, open_pipeline(arguments, session));
  LAKEFLOW_ASSIGN(const std::unique_ptr<LakeflowConnect> source, open_source(pipeline, arguments, session));
  LAKEFLOW_ASSIGN(const std::unique_ptr<Destination> destination, open_destination(pipeline, false));
  const auto confirm_counts = [&](const ErasureReport& report) -> Status {
    if (!arguments.flag("yes")) {
      console.note(found_text(report));
    }
    return confirm(arguments, console, "this will be erased, and can't be brought back");
  };
  LAKEFLOW_ASSIGN(const ErasureReport report, erase_person({.pipeline = &pipeline,
                                                            .connector = source.get(),
                                                            .destination = destination.get(),
                                                            .person = arguments.text("person"),
                                                            .texts = arguments.list("text"),
                                                            .by = {.user = user_name(), .reason = arguments.text("reason")},
                                                            .confirm = confirm_counts}));
  if (console.json()) {
    console.print(erasure_receipt(report) + "\n");
    return kExitDone;
  }
  console.print("Erased:\n" + found_text(report) + "\nNot reached:\n");
  for (const std::string& sentence : report.not_reached) {
    console.print("- " + sentence + "\n");
  }
  return kExitDone;
}

}  // namespace

Command erase_command() {
  return {
      .name = "erase",
      .summary = "Take a person out of tables, history, quarantine and dead letters",
      .description =
          "Rows are found by the column that the connector declares; quarantine and dead letters are searched for the id and for the\n"
          "further texts. The destination's files are then written anew, so that no bytes are left in them. The receipt, which names what\n"
          "could not be reached and not the person, is kept in _lakeflow.erasures. Stop a running ingest first.",
      .examples = {"lakeflow erase clinic.yaml 4711 --text Quill --reason 'request 2026-17'"},
      .parameters = {pipeline_parameter(),
                     {.name = "person", .help = "The id that the source knows the person by", .form = Parameter::Form::kPositional, .required = true},
                     {.name = "text",
                      .help = "A further word to search in quarantine and dead letters: a name, another number",
                      .form = Parameter::Form::kRepeatedOption},
                     reason_parameter(),
                     yes_parameter(),
                     secrets_parameter()},
      .run = run_erase};
}

}  // namespace lakeflow
