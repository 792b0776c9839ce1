#include <arrow/record_batch.h>
#include <fmt/format.h>

#include "base/arrow_error.h"
#include "tools/builtin/builtin.h"
#include "tools/lakeflow/commands/all_commands.h"
#include "tools/lakeflow/console.h"
#include "tools/lakeflow/output/row_printer.h"
#include "tools/lakeflow/pipeline_session.h"

namespace lakeflow {
namespace {

RowFormat format_of(const Arguments& arguments) {
  if (arguments.flag("json")) return RowFormat::kJsonLines;
  if (arguments.flag("csv")) return RowFormat::kCsv;
  return arguments.flag("records") ? RowFormat::kRecords : RowFormat::kTable;
}

Result<int> run_query(const Arguments& arguments, Session& session) {
  LAKEFLOW_ASSIGN(const Pipeline pipeline, open_pipeline(arguments, session));
  LAKEFLOW_ASSIGN(const std::unique_ptr<Destination> destination, open_destination(pipeline, true));
  LAKEFLOW_ASSIGN(const std::shared_ptr<arrow::RecordBatchReader> rows, destination->query(arguments.text("sql")));
  const std::unique_ptr<RowPrinter> printer = make_row_printer(format_of(arguments), rows->schema(), session.console);
  while (true) {  // ends with the rows
    std::shared_ptr<arrow::RecordBatch> batch;
    if (const arrow::Status status = rows->ReadNext(&batch); !status.ok()) {
      return std::unexpected(Error::destination("the query failed while its rows were read: " + status.message()));
    }
    if (batch == nullptr) {
      break;
    }
    if (!printer->print(*batch)) {
      return kExitDone;  // nobody reads any more
    }
  }
  printer->finish();
  return kExitDone;
}

}  // namespace

Command query_command() {
  return {.name = "query",
          .summary = "Ask the destination a question in SQL",
          .description =
              "Opens the database for reading only. Tables are written schema.table; _lakeflow holds the runs, the\n"
              "state and the quarantine. --json gives one object a line.",
          .examples = {"lakeflow query clinic.yaml \"SELECT gender, count(*) FROM bronze.Patient GROUP BY ALL\"",
                       "lakeflow query clinic.yaml \"FROM bronze.Observation\" --csv > observations.csv"},
          .parameters = {pipeline_parameter(),
                         {.name = "sql", .help = "The question", .form = Parameter::Form::kPositional, .required = true},
                         {.name = "csv", .help = "Rows as CSV with a header", .form = Parameter::Form::kFlag},
                         {.name = "records", .help = "A line for each value, a block for each row", .form = Parameter::Form::kFlag}},
          .run = run_query};
}

}  // namespace lakeflow
