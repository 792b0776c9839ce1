#include <fmt/format.h>

#include "tools/lakeflow/commands/all_commands.h"
#include "tools/lakeflow/console.h"
#include "tools/lakeflow/output/row_printer.h"
#include "tools/lakeflow/quarantined_records.h"

namespace lakeflow {
namespace {

Result<int> run_quarantine_list(const Arguments& arguments, Session& session) {
  LAKEFLOW_ASSIGN(const QuarantinedRecords records, QuarantinedRecords::open(arguments, session, quarantine_filter(arguments), false));
  const RowFormat format = session.console.json() ? RowFormat::kJsonLines : RowFormat::kTable;
  const std::unique_ptr<RowPrinter> printer = make_row_printer(format, records.schema(), session.console);
  LAKEFLOW_TRY(records.for_each_batch([&](const arrow::RecordBatch& batch) { return printer->print(batch); }));
  printer->finish();
  session.console.note("\nlakeflow quarantine show PIPELINE ID shows a record's bytes, which may hold patients' data.");
  return kExitDone;
}

}  // namespace

Command quarantine_list_command() {
  return {.name = "quarantine list",
          .summary = "List the records that could not become rows: why, and where they came from",
          .description =
              "Shows no content. The newest come first; --json gives one object a line. What was rejected again is one record still, with the\n"
              "number of times that it was seen.",
          .examples = {"lakeflow quarantine list clinic.yaml", "lakeflow quarantine list clinic.yaml --reason missing_key --limit 0"},
          .parameters = quarantine_parameters("50"),
          .run = run_quarantine_list};
}

}  // namespace lakeflow
