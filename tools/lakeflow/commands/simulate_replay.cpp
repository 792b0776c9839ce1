#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "simulator/recording/replay_server.h"
#include "tools/lakeflow/commands/all_commands.h"
#include "tools/lakeflow/commands/simulation.h"
#include "tools/lakeflow/console.h"
#include "tools/lakeflow/stop_signals.h"

namespace lakeflow {
namespace {

Result<int> run_simulate_replay(const Arguments& arguments, Session& session) {
  Console& console = session.console;
  const StopSignals signals([&] { console.note("stopping"); });
  LAKEFLOW_ASSIGN(const std::unique_ptr<ReplayServer> server,
                  ReplayServer::start({.folder = arguments.text("folder"), .port = static_cast<int>(arguments.count("port")), .log = &console}));
  if (console.json()) {
    console.print(nlohmann::ordered_json{{"base_url", server->origin()}, {"exchanges", server->exchange_count()}}.dump() + "\n");
  } else {
    console.print(server->origin() + "\n");
    console.note(fmt::format("answering {} recorded exchanges, below the path that the source had; Ctrl-C ends it", server->exchange_count()));
  }
  LAKEFLOW_TRY(console.flush());
  wait_for_stop(signals.token());
  server->stop();
  if (const std::size_t unknown = server->unknown().size(); unknown > 0) {
    console.note(fmt::format("requests that were not recorded: {}", unknown));
  }
  return kExitDone;
}

}  // namespace

Command simulate_replay_command() {
  return {.name = "simulate replay",
          .summary = "Answer what was recorded of a real source",
          .description =
              "Answers on 127.0.0.1 what `lakeflow simulate record` wrote into a folder. A request is known again by its method, path,\n"
              "parameters and body, secrets aside; what was not recorded is answered 501 and told on stderr at once.\n"
              "To the client that is a fault of the source.",
          .examples = {"lakeflow simulate replay recordings/orders --port 8080"},
          .parameters = {{.name = "folder",
                          .help = "Folder of recordings",
                          .form = Parameter::Form::kPositional,
                          .value = Parameter::Value::kFolder,
                          .required = true},
                         {.name = "port", .help = "Port on 127.0.0.1; 0 takes a free one", .value = Parameter::Value::kCount, .default_value = "0"}},
          .run = run_simulate_replay};
}

}  // namespace lakeflow
