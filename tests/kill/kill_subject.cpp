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

}  // namespace
}  // namespace lakeflow

int main(int count, char** arguments) {
  if (count != 2) {
    return lakeflow::exit_code(lakeflow::ErrorKind::kUser);
  }
  const auto report = lakeflow::run(arguments[1]);
  if (!report) {
    std::fprintf(stderr, "%s\n", report.error().message().c_str());
    return lakeflow::exit_code(report.error().kind());
  }
  for (const std::string& line : lakeflow::summary_lines(*report)) {
    std::fprintf(stderr, "%s\n", line.c_str());
  }
  return report->exit_code();
}
