// kill_subject PIPELINE: one run of the pipeline, as the command would do it, to be killed.

#include <cstdio>

#include "engine/ingest/ingest.h"
#include "engine/pipeline/connection.h"
#include "testing/memory_source/memory_connector.h"
#include "tools/builtin/builtin.h"

namespace lakeflow {
namespace {

Result<RunReport> run(const char* file) {
  ConnectorRegistry registry = builtin_connectors();
  registry.add(memory_connector());
  LAKEFLOW_ASSIGN(Pipeline loaded, load_pipeline(file));
  LAKEFLOW_ASSIGN(const Pipeline pipeline, check_options(std::move(loaded), registry));
  LAKEFLOW_ASSIGN(const std::unique_ptr<LakeflowConnect> connector, open_connection(pipeline, registry, SecretStore()));
  LAKEFLOW_ASSIGN(const std::unique_ptr<Destination> destination, open_destination(pipeline, /*read_only=*/false));
  IngestRequest request;
  request.pipeline = &pipeline;
  request.connector = connector.get();
  request.destination = destination.get();
  return ingest(request);
}

// Marked, so that a test can tell whether an error says what to do.
void print_next_step(const Error& error) { std::fprintf(stderr, "next step: %s\n", error.next_step().c_str()); }

}  // namespace
}  // namespace lakeflow

int main(int count, char** arguments) {
  if (count != 2) {
    return lakeflow::exit_code(lakeflow::ErrorKind::kUser);
  }
  const auto report = lakeflow::run(arguments[1]);
  if (!report) {
    std::fprintf(stderr, "%s\n", report.error().message().c_str());
    lakeflow::print_next_step(report.error());
    return lakeflow::exit_code(report.error().kind());
  }
  for (const std::string& line : lakeflow::summary_lines(*report)) {
    std::fprintf(stderr, "%s\n", line.c_str());
  }
  for (const lakeflow::TableReport& table : report->tables) {
    if (table.error) lakeflow::print_next_step(*table.error);
  }
  if (report->error) lakeflow::print_next_step(*report->error);
  return report->exit_code();
}
