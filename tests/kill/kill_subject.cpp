// kill_subject PIPELINE [--full-refresh | --replay]: one run of the pipeline, or a replay of its quarantine, as the command would do it, to be
// killed. It says on stderr what its tests judge it by: "run <id>" when it has begun, "committed" after each commit, "next step: …" with each error.

#include <cstdio>
#include <string_view>

#include "base/logging.h"
#include "engine/ingest/ingest.h"
#include "engine/pipeline/connection.h"
#include "engine/quarantine/replay.h"
#include "testing/memory_source/memory_connector.h"
#include "tools/builtin/builtin.h"
#include "tools/builtin/last_words.h"

namespace lakeflow {
namespace {

// Each word is out before the run goes on.
class CommitWitness final : public Logger, public ProgressListener {
 public:
  void run_began(const std::string& run_id) override { std::fprintf(stderr, "run %s\n", run_id.c_str()); }
  void on_progress(std::span<const TableProgress>) override {}
  void write(LogLevel, std::string_view message, Fields) override {
    if (message == "chunk committed") std::fputs("committed\n", stderr);
  }
};

// Marked, so that a test can tell whether an error says what to do.
void print_next_step(const Error& error) { std::fprintf(stderr, "next step: %s\n", error.next_step().c_str()); }

Result<RunReport> run(const char* file, bool full_refresh) {
  ConnectorRegistry registry = builtin_connectors();
  registry.add(memory_connector());
  LAKEFLOW_ASSIGN(Pipeline loaded, load_pipeline(file));
  LAKEFLOW_ASSIGN(const Pipeline pipeline, check_options(std::move(loaded), registry));
  LAKEFLOW_ASSIGN(const std::unique_ptr<LakeflowConnect> connector, open_connection(pipeline, registry, SecretStore()));
  LAKEFLOW_ASSIGN(const std::unique_ptr<Destination> destination, open_destination(pipeline, /*read_only=*/false));
  CommitWitness witness;
  IngestRequest request;
  request.pipeline = &pipeline;
  request.connector = connector.get();
  request.destination = destination.get();
  request.full_refresh = full_refresh;
  request.progress = &witness;
  request.log = &witness;
  const Result<RunReport> report = ingest(request);
  // Not worth another exit code: what was committed is safe.
  if (const Status closed = destination->close(); !closed) {
    std::fprintf(stderr, "%s\n", closed.error().message().c_str());
    print_next_step(closed.error());
  }
  return report;
}

Result<ReplayReport> replay(const char* file) {
  const ConnectorRegistry registry = builtin_connectors();
  LAKEFLOW_ASSIGN(Pipeline loaded, load_pipeline(file));
  LAKEFLOW_ASSIGN(const Pipeline pipeline, check_options(std::move(loaded), registry));
  LAKEFLOW_ASSIGN(const std::unique_ptr<LakeflowConnect> connector, open_connection(pipeline, registry, SecretStore()));
  LAKEFLOW_ASSIGN(const std::unique_ptr<Destination> destination, open_destination(pipeline, /*read_only=*/false));
  ReplayRequest request;
  request.pipeline = &pipeline;
  request.connector = connector.get();
  request.destination = destination.get();
  request.by = {.user = "somebody", .reason = {}};
  LAKEFLOW_ASSIGN(ReplayReport report, replay_quarantine(request));
  LAKEFLOW_TRY(destination->close());
  return report;
}

}  // namespace
}  // namespace lakeflow

int main(int count, char** arguments) {
  if (count == 3 && std::string_view(arguments[2]) == "--replay") {
    const auto replayed = lakeflow::replay(arguments[1]);
    std::fprintf(stderr, "%s\n", replayed ? lakeflow::to_json(*replayed).c_str() : replayed.error().message().c_str());
    return replayed ? 0 : lakeflow::exit_code(replayed.error().kind());
  }
  const bool full_refresh = count == 3 && std::string_view(arguments[2]) == "--full-refresh";
  if (count != 2 && !full_refresh) {
    return lakeflow::exit_code(lakeflow::ErrorKind::kUser);
  }
  lakeflow::say_last_words("", "next step: ");
  const auto report = lakeflow::run(arguments[1], full_refresh);
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
