#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/options.h"
#include "destinations/socket/socket_destination.h"
#include "engine/monitor/health.h"
#include "tools/builtin/builtin.h"
#include "tools/lakeflow/commands/all_commands.h"
#include "tools/lakeflow/console.h"
#include "tools/lakeflow/pipeline_session.h"
#include "tools/lakeflow/recorded_state.h"

namespace lakeflow {
namespace {

// Of runs that a timer starts: the newest one that came to its end must be young enough.
Result<Health> judge_recorded_runs(Destination& destination, const Pipeline& pipeline, std::optional<double> max_age) {
  constexpr std::size_t kRuns = 1000;
  LAKEFLOW_ASSIGN(const PipelineStatus status, read_status(destination, pipeline, nullptr, kRuns));
  Health health;
  if (!max_age) {
    health.problems.emplace_back("no ingest runs; where a timer starts it, --max-age says how old the last success may be");
    return health;
  }
  for (const RunStatus& run : status.runs) {
    if (run.outcome == "done") {
      const double age = static_cast<double>(now_micros() - parse_utc(run.finished_at).value_or(0)) / 1e6;
      if (age > *max_age) {
        health.problems.push_back(fmt::format("the last run that was done is {} old", duration_text(age)));
      }
      return health;
    }
  }
  health.problems.emplace_back("no run was done yet");
  return health;
}

Result<std::optional<double>> max_age_of(const Arguments& arguments) {
  const std::optional<std::string> text = arguments.find("max-age");
  if (!text) {
    return std::nullopt;
  }
  const std::optional<double> seconds = parse_duration_seconds(*text);
  if (!seconds || *seconds <= 0) {
    return std::unexpected(Error::user("--max-age must be a time above zero, such as 30m or 25h"));
  }
  return seconds;
}

Result<Health> judge_pipeline(const Pipeline& pipeline, std::optional<double> max_age) {
  LAKEFLOW_ASSIGN(const std::unique_ptr<Destination> destination, open_destination(pipeline, true));
  if (auto* running = dynamic_cast<RunningProcess*>(destination.get()); running != nullptr) {
    LAKEFLOW_ASSIGN(const std::string state, running->process_state());
    LAKEFLOW_ASSIGN(const ProcessSnapshot snapshot, parse_process_snapshot(state));
    if (snapshot.pipeline == pipeline.name) {
      return judge(snapshot);
    }
  }
  return judge_recorded_runs(*destination, pipeline, max_age);
}

Result<int> run_health(const Arguments& arguments, Session& session) {
  LAKEFLOW_ASSIGN(const Pipeline pipeline, open_pipeline(arguments, session));
  LAKEFLOW_ASSIGN(const std::optional<double> max_age, max_age_of(arguments));
  LAKEFLOW_ASSIGN(const Health health, judge_pipeline(pipeline, max_age));
  if (session.console.json()) {
    session.console.print(nlohmann::ordered_json{{"healthy", health.healthy()}, {"problems", health.problems}}.dump(
                              -1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) +
                          "\n");
  } else if (health.healthy()) {
    session.console.print("healthy\n");
  }
  for (const std::string& problem : health.problems) {
    if (!session.console.json()) {
      session.console.print(problem + "\n");
    }
  }
  return health.healthy() ? kExitDone : kExitUnhealthy;
}

}  // namespace

Command health_command() {
  return {.name = "health",
          .summary = "Say whether a continuous ingest does its work: exit code 0, else 7 with what is wrong",
          .description =
              "Asks the process that runs the pipeline. It is healthy when no table failed the last time, and each was read to its end\n"
              "within three intervals (or a minute). With --max-age a pipeline that a timer starts is judged by its last run.",
          .examples = {"lakeflow health clinic.yaml", "lakeflow health clinic.yaml --max-age 25h"},
          .parameters = {pipeline_parameter(),
                         {.name = "max-age", .help = "Where no process runs: how old the last run that was done may be, such as 25h"}},
          .run = run_health};
}

}  // namespace lakeflow
