#include "engine/ingest/preview.h"

#include <algorithm>
#include <iterator>

#include <arrow/array.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <fmt/format.h>

#include "base/arrow_error.h"
#include "tools/lakeflow/command_log.h"
#include "tools/lakeflow/commands/all_commands.h"
#include "tools/lakeflow/console.h"
#include "tools/lakeflow/http_trace.h"
#include "tools/lakeflow/output/row_printer.h"
#include "tools/lakeflow/pipeline_session.h"
#include "tools/lakeflow/stop_signals.h"

namespace lakeflow {
namespace {

using Batches = std::vector<std::shared_ptr<arrow::RecordBatch>>;

bool has_value(const Batches& batches, int column) {
  return std::ranges::any_of(batches, [&](const auto& batch) { return batch->column(column)->null_count() < batch->num_rows(); });
}

// Nested elements of which a row has few would fill the screen with nothing.
Result<Batches> without_empty_columns(const Preview& preview) {
  std::vector<int> kept;
  for (int column = 0; column < preview.schema->num_fields(); ++column) {
    if (has_value(preview.batches, column)) {
      kept.push_back(column);
    }
  }
  Batches batches;
  for (const auto& batch : preview.batches) {
    LAKEFLOW_ASSIGN(auto selected, from_arrow(batch->SelectColumns(kept)));
    batches.push_back(std::move(selected));
  }
  return batches;
}

void note_what_is_not_shown(const Preview& preview, const Batches& shown, Console& console) {
  const int columns = shown.empty() ? 0 : shown.front()->num_columns();
  const int left_out = preview.schema->num_fields() - columns;
  if (preview.rows > 0 && left_out > 0) {
    console.note(fmt::format("{} of {} columns have no value in these rows (lakeflow discover lists them)", left_out, preview.schema->num_fields()));
  }
  for (const auto& [reason, count] : preview.rejects) {
    console.note(fmt::format("{} record{} would go to quarantine: {}", count, count == 1 ? "" : "s", reason));
  }
}

Result<int> run_preview(const Arguments& arguments, Session& session) {
  Console& console = session.console;
  const StopSignals signals([&] { console.note("stopping"); });
  LAKEFLOW_ASSIGN(const Pipeline pipeline, open_logged_pipeline(arguments, session));
  LAKEFLOW_ASSIGN(const std::unique_ptr<CommandLog> log, CommandLog::open(pipeline, console));
  LAKEFLOW_ASSIGN(const std::unique_ptr<HttpTrace> trace, HttpTrace::open(arguments, *log));
  LAKEFLOW_ASSIGN(const std::unique_ptr<LakeflowConnect> source, open_source(pipeline, arguments, session));
  const std::string name = arguments.text("table");
  const PipelineTable* table = find_table(pipeline, name);
  LAKEFLOW_ASSIGN(const Preview preview, lakeflow::preview({.connector = source.get(),
                                                            .table = {name, table != nullptr ? table->table_options : Options()},
                                                            .rows = static_cast<std::size_t>(arguments.count("rows")),
                                                            .stop = signals.token(),
                                                            .log = trace.get()}));
  Batches shown = preview.batches;
  if (!console.json()) {
    LAKEFLOW_ASSIGN(shown, without_empty_columns(preview));
  }
  const auto schema = shown.empty() ? preview.schema : shown.front()->schema();
  const RowFormat format = console.json() ? RowFormat::kJsonLines : shown.empty() ? RowFormat::kTable : RowFormat::kRecords;
  const std::unique_ptr<RowPrinter> printer = make_row_printer(format, schema, console);
  for (const auto& batch : shown) {
    printer->print(*batch);
  }
  printer->finish();
  note_what_is_not_shown(preview, shown, console);
  return kExitDone;
}

}  // namespace

Command preview_command() {
  Command command{.name = "preview",
                  .summary = "Show the first rows of a table as they would land",
                  .description = "Reads from the source's beginning and changes nothing. --json gives one object a line, with every column.",
                  .examples = {"lakeflow preview clinic.yaml Patient --rows 3"},
                  .parameters = {pipeline_parameter(),
                                 {.name = "table", .help = "The source table", .form = Parameter::Form::kPositional, .required = true},
                                 {.name = "rows", .help = "How many rows at most", .value = Parameter::Value::kCount, .default_value = "5"},
                                 secrets_parameter(),
                                 trace_parameter()},
                  .run = run_preview};
  std::ranges::move(log_parameters(), std::back_inserter(command.parameters));
  return command;
}

}  // namespace lakeflow
