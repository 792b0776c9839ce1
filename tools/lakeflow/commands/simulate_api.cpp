#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "simulator/api/api_simulator.h"
#include "tools/lakeflow/commands/all_commands.h"
#include "tools/lakeflow/commands/simulation.h"
#include "tools/lakeflow/console.h"
#include "tools/lakeflow/stop_signals.h"

namespace lakeflow {
namespace {

Result<int> run_simulate_api(const Arguments& arguments, Session& session) {
  Console& console = session.console;
  const StopSignals signals([&] { console.note("stopping"); });
  LAKEFLOW_ASSIGN(const std::unique_ptr<ApiSimulator> simulator, ApiSimulator::start({.description = arguments.text("source"),
                                                                                      .port = static_cast<int>(arguments.count("port")),
                                                                                      .faults = arguments.list("fault"),
                                                                                      .seed = static_cast<std::uint64_t>(arguments.count("seed")),
                                                                                      .log = &console}));
  if (const auto file = arguments.find("certificate")) {
    LAKEFLOW_TRY(write_report(*file, simulator->certificate()));
  }
  if (console.json()) {
    console.print(nlohmann::ordered_json{{"base_url", simulator->base_url()}}.dump() + "\n");
  } else {
    console.print(simulator->base_url() + "\n");
    console.note(fmt::format("answering as {} describes; Ctrl-C ends it", arguments.text("source")));
  }
  LAKEFLOW_TRY(console.flush());
  wait_for_stop(signals.token());
  simulator->stop();
  const ApiCoverage coverage = simulator->coverage();
  if (const auto file = arguments.find("coverage")) {
    LAKEFLOW_TRY(write_report(*file, file->ends_with(".json") ? coverage.json() + "\n" : coverage.text()));
  }
  return kExitDone;
}

}  // namespace

Command simulate_api_command() {
  return {
      .name = "simulate api",
      .summary = "Serve a source system that a YAML file describes",
      .description =
          "Answers on 127.0.0.1 as the file describes: endpoints, records, filters, sort, paging, auth, rate limits, a deletes feed\n"
          "(docs/simulator.md). Prints its base URL on stdout and runs until SIGINT or SIGTERM. Changes stay in memory.\n\n" +
          describe_faults(
              api_fault_kinds(),
              "is an endpoint (orders), a page of it (orders#3), its single records\n(orders#record), its deletes feed (orders.deletes) or token"),
      .examples = {"lakeflow simulate api examples/simulator/orders.yaml --port 8080",
                   "lakeflow simulate api orders.yaml --fault status=503:1@orders#3 --fault cut-body=40:1@orders#3 --coverage coverage.json"},
      .parameters = {{.name = "source",
                      .help = "YAML file that describes the source",
                      .form = Parameter::Form::kPositional,
                      .value = Parameter::Value::kFile,
                      .required = true},
                     {.name = "port", .help = "Port on 127.0.0.1; 0 takes a free one", .value = Parameter::Value::kCount, .default_value = "0"},
                     {.name = "fault", .help = "A way to misbehave", .form = Parameter::Form::kRepeatedOption},
                     {.name = "seed",
                      .help = "Decides what a percentage hits and what generated records hold",
                      .value = Parameter::Value::kCount,
                      .default_value = "1"},
                     {.name = "certificate",
                      .help = "Write the certificates that a client has to trust (PEM), where the source is https",
                      .value = Parameter::Value::kFile},
                     {.name = "coverage",
                      .help = "When it ends, write what was asked for and what never was: text, or JSON where the name ends with .json",
                      .value = Parameter::Value::kFile}},
      .run = run_simulate_api};
}

}  // namespace lakeflow
