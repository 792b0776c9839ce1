#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "simulator/http/http_faults.h"
#include "simulator/recording/recorder.h"
#include "tools/lakeflow/commands/all_commands.h"
#include "tools/lakeflow/commands/simulation.h"
#include "tools/lakeflow/console.h"
#include "tools/lakeflow/stop_signals.h"

namespace lakeflow {
namespace {

// What came of it, and how far the secrets are gone.
void tell(const Recorder& recorder, Console& console) {
  const SecretValues& secrets = recorder.secrets();
  if (console.json()) {
    console.print(nlohmann::ordered_json{{"exchanges", recorder.recorded()},
                                         {"secrets_removed_by_name", secrets.removed_by_name()},
                                         {"secrets_removed_elsewhere", secrets.removed_elsewhere()},
                                         {"secrets_not_looked_for", secrets.passed_over()}}
                      .dump() +
                  "\n");
    return;
  }
  console.note(fmt::format("recorded {} exchanges; secrets taken away: {} by the names of their places, {} elsewhere by their values",
                           recorder.recorded(), secrets.removed_by_name(), secrets.removed_elsewhere()));
  if (secrets.passed_over() > 0) {
    console.note(fmt::format("{} secrets are too short or too plain to be looked for elsewhere: look yourself", secrets.passed_over()));
  }
}

Result<int> run_simulate_record(const Arguments& arguments, Session& session) {
  Console& console = session.console;
  const StopSignals signals([&] { console.note("stopping"); });
  const std::optional<std::string> from = arguments.find("from");
  const std::optional<std::string> into = arguments.find("into");
  if (!from || !into) {
    return std::unexpected(Error::user(fmt::format("--{} is missing", from ? "into" : "from"), "lakeflow simulate record --from URL --into FOLDER"));
  }
  LAKEFLOW_ASSIGN(const std::unique_ptr<Recorder> recorder, Recorder::start({.relay = {.upstream = *from,
                                                                                       .ca_file = arguments.text("ca-file"),
                                                                                       .port = static_cast<int>(arguments.count("port")),
                                                                                       .seed = static_cast<std::uint64_t>(arguments.count("seed")),
                                                                                       .allow_http = arguments.flag("allow-http"),
                                                                                       .log = &console},
                                                                             .into = *into}));
  for (const std::string& fault : arguments.list("fault")) {
    LAKEFLOW_TRY(recorder->relay().inject(fault));
  }
  if (console.json()) {
    console.print(nlohmann::ordered_json{{"base_url", recorder->relay().base_url()}}.dump() + "\n");
  } else {
    console.print(recorder->relay().base_url() + "\n");
    console.note(fmt::format("give this address to the connector in place of the source's; each exchange goes into {}; Ctrl-C ends it", *into));
  }
  LAKEFLOW_TRY(console.flush());
  wait_for_stop(signals.token());
  LAKEFLOW_TRY(recorder->stop());
  tell(*recorder, console);
  return kExitDone;
}

}  // namespace

Command simulate_record_command() {
  return {
      .name = "simulate record",
      .summary = "Record a real source: a proxy in front of it, secrets removed",
      .description =
          "Stands on 127.0.0.1 in front of a real source and writes each exchange into a folder, a file each, which\n"
          "`lakeflow simulate replay` answers later. Headers, parameters and members of JSON that bear secrets by their names are\n"
          "removed before anything is written, and so are their values wherever else they stand; at the end it says how many.\n"
          "The client that asks through it logs in itself. What remains is the source's data: look through it before you give it away.\n\n" +
          describe_faults(http_fault_kinds(), "is the first part of the path below the source's URL"),
      .examples = {"lakeflow simulate record --from https://api.example.org/v2 --into recordings/orders"},
      .parameters = {{.name = "from", .help = "The real source's URL"},
                     {.name = "into", .help = "Folder for the recordings; it must be empty or not there", .value = Parameter::Value::kFolder},
                     {.name = "port", .help = "Port on 127.0.0.1; 0 takes a free one", .value = Parameter::Value::kCount, .default_value = "0"},
                     {.name = "allow-http", .help = "Ask the source without encryption", .form = Parameter::Form::kFlag},
                     {.name = "ca-file", .help = "PEM file of the authority that signed the source's certificate", .value = Parameter::Value::kFile},
                     {.name = "fault", .help = "A way to misbehave between the two", .form = Parameter::Form::kRepeatedOption},
                     {.name = "seed", .help = "Decides what a percentage hits", .value = Parameter::Value::kCount, .default_value = "1"}},
      .run = run_simulate_record};
}

}  // namespace lakeflow
