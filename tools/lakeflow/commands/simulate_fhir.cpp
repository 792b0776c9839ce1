#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "simulator/fhir/fhir_simulator.h"
#include "tools/lakeflow/commands/all_commands.h"
#include "tools/lakeflow/commands/simulation.h"
#include "tools/lakeflow/console.h"
#include "tools/lakeflow/stop_signals.h"

namespace lakeflow {
namespace {

Result<int> run_simulate_fhir(const Arguments& arguments, Session& session) {
  Console& console = session.console;
  const StopSignals signals([&] { console.note("stopping"); });
  FhirSimulatorOptions options{.folder = arguments.text("folder"),
                               .port = static_cast<int>(arguments.count("port")),
                               .bearer_token = arguments.find("token"),
                               .authorization_server = arguments.text("authorization-server"),
                               .introspection_client = arguments.text("introspection-client"),
                               .faults = arguments.list("fault"),
                               .seed = static_cast<std::uint64_t>(arguments.count("seed")),
                               .default_page_size = static_cast<std::size_t>(arguments.count("page-size")),
                               .log = &console};
  LAKEFLOW_ASSIGN(const std::unique_ptr<FhirSimulator> simulator, FhirSimulator::start(std::move(options)));
  const FhirSimulatorLoad load = simulator->load();
  if (console.json()) {
    const nlohmann::ordered_json document = {{"base_url", simulator->base_url()}, {"resources", load.resources}, {"skipped_files", load.skipped}};
    console.print(document.dump() + "\n");
  } else {
    console.print(simulator->base_url() + "\n");
    console.note(fmt::format("serving {} resources ({} files or entries are none); Ctrl-C ends it", load.resources, load.skipped));
  }
  LAKEFLOW_TRY(console.flush());
  wait_for_stop(signals.token());
  simulator->stop();
  return kExitDone;
}

std::string description() {
  return "Serves the FHIR resources of a folder on 127.0.0.1: search, sort, paging, create, update, delete, history, transaction\n"
         "Bundles. Prints its base URL on stdout and runs until SIGINT or SIGTERM. Changes stay in memory.\n\n" +
         describe_faults(fhir_fault_kinds(), "is a resource type");
}

}  // namespace

Command simulate_fhir_command() {
  return {
      .name = "simulate fhir",
      .summary = "Serve a folder of FHIR resources as a FHIR R4 server",
      .description = description(),
      .examples = {"lakeflow simulate fhir resources --port 8080", "lakeflow simulate fhir resources --fault status=503:2@Patient"},
      .parameters = {{.name = "folder",
                      .help = "Folder of *.json (a resource each) and *.ndjson (one a line)",
                      .form = Parameter::Form::kPositional,
                      .value = Parameter::Value::kFolder,
                      .required = true},
                     {.name = "port", .help = "Port on 127.0.0.1; 0 takes a free one", .value = Parameter::Value::kCount, .default_value = "0"},
                     {.name = "fault", .help = "A way to misbehave", .form = Parameter::Form::kRepeatedOption},
                     {.name = "token", .help = "Demand this bearer token (a made-up one: it shows in the list of processes)"},
                     {.name = "authorization-server",
                      .help = "Demand tokens of the authorization server with this issuer URL, on this machine; it is asked about each (RFC 7662)"},
                     {.name = "introspection-client", .help = "Who asks it, as id:secret (made-up ones: they show in the list of processes)"},
                     {.name = "page-size", .help = "Resources a page without _count", .value = Parameter::Value::kCount, .default_value = "50"},
                     {.name = "seed", .help = "Decides what a percentage hits", .value = Parameter::Value::kCount, .default_value = "1"}},
      .run = run_simulate_fhir};
}

}  // namespace lakeflow
