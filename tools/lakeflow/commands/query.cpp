#include <optional>
#include <string_view>
#include <utility>

#include <arrow/array.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <fmt/format.h>

#include "base/arrow_error.h"
#include "destinations/interface/framework_columns.h"
#include "libs/fhir/resource_text.h"
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

// A line for each row: the FHIR resource that its columns and what was rescued of it make.
class ResourceLines {
 public:
  static Result<ResourceLines> make(const std::shared_ptr<arrow::Schema>& schema, Console& console) {
    LAKEFLOW_ASSIGN(fhir::ResourceText text, fhir::ResourceText::make(schema));
    const int rescued = schema->GetFieldIndex(std::string(kRescuedDataColumn));
    if (rescued < 0 || schema->field(rescued)->type()->id() != arrow::Type::STRING) {
      return std::unexpected(Error::user(fmt::format("the rows have no column {}: what no column could hold would be missing", kRescuedDataColumn),
                                         "take the columns of a FHIR table as it has them: SELECT * FROM it"));
    }
    return ResourceLines(std::move(text), rescued, console);
  }

  // False once nobody reads the output any more.
  Result<bool> print(const arrow::RecordBatch& rows) {
    const auto& rescued = static_cast<const arrow::StringArray&>(*rows.column(rescued_));
    for (std::int64_t row = 0; row < rows.num_rows(); ++row) {
      std::string line;
      LAKEFLOW_TRY(text_.append(line, rows, row, rescued.IsNull(row) ? std::string_view() : rescued.GetView(row)));
      line += '\n';
      if (!console_->print(line)) {
        return false;
      }
    }
    return true;
  }

 private:
  ResourceLines(fhir::ResourceText text, int rescued, Console& console) : text_(std::move(text)), rescued_(rescued), console_(&console) {}

  fhir::ResourceText text_;
  int rescued_;
  Console* console_;
};

Result<int> run_query(const Arguments& arguments, Session& session) {
  LAKEFLOW_ASSIGN(const Pipeline pipeline, open_pipeline(arguments, session));
  LAKEFLOW_ASSIGN(const std::unique_ptr<Destination> destination, open_destination(pipeline, true));
  LAKEFLOW_ASSIGN(const std::shared_ptr<arrow::RecordBatchReader> rows, destination->query(arguments.text("sql")));
  std::optional<ResourceLines> resources;
  if (arguments.flag("as-resources")) {
    LAKEFLOW_ASSIGN(resources, ResourceLines::make(rows->schema(), session.console));
  }
  const std::unique_ptr<RowPrinter> printer = resources ? nullptr : make_row_printer(format_of(arguments), rows->schema(), session.console);
  while (true) {  // ends with the rows
    std::shared_ptr<arrow::RecordBatch> batch;
    if (const arrow::Status status = rows->ReadNext(&batch); !status.ok()) {
      return std::unexpected(Error::destination("the query failed while its rows were read: " + status.message()));
    }
    if (batch == nullptr) {
      break;
    }
    bool goes_on = false;
    if (resources) {
      LAKEFLOW_ASSIGN(goes_on, resources->print(*batch));
    } else {
      goes_on = printer->print(*batch);
    }
    if (!goes_on) {
      return kExitDone;  // nobody reads any more
    }
  }
  if (printer != nullptr) {
    printer->finish();
  }
  return kExitDone;
}

}  // namespace

Command query_command() {
  return {.name = "query",
          .summary = "Ask the destination a question in SQL",
          .description =
              "Opens the database for reading only. Tables are written schema.table; _lakeflow holds the runs, the\n"
              "state and the quarantine. --json gives one object a line; --as-resources the FHIR resources that rows of FHIR tables\n"
              "were made of, put together again from all of their columns and _rescued_data.",
          .examples = {"lakeflow query clinic.yaml \"SELECT gender, count(*) FROM bronze.Patient GROUP BY ALL\"",
                       "lakeflow query clinic.yaml \"FROM bronze.Observation\" --csv > observations.csv",
                       "lakeflow query clinic.yaml \"FROM bronze.Observation\" --as-resources > observations.ndjson"},
          .parameters = {pipeline_parameter(),
                         {.name = "sql", .help = "The question", .form = Parameter::Form::kPositional, .required = true},
                         {.name = "csv", .help = "Rows as CSV with a header", .form = Parameter::Form::kFlag},
                         {.name = "records", .help = "A line for each value, a block for each row", .form = Parameter::Form::kFlag},
                         {.name = "as-resources", .help = "FHIR resources again, one a line", .form = Parameter::Form::kFlag}},
          .run = run_query};
}

}  // namespace lakeflow
