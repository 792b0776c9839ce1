#include "tools/lakeflow/lakeflow_main.h"

#include <csignal>
#include <exception>
#include <span>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "base/error.h"
#include "tools/builtin/builtin.h"
#include "tools/builtin/last_words.h"
#include "tools/lakeflow/command_line.h"
#include "tools/lakeflow/commands/all_commands.h"
#include "tools/lakeflow/console.h"

namespace lakeflow {
namespace {

Result<ConnectorRegistry> all_connectors(std::vector<ConnectorEntry> further) {
  ConnectorRegistry connectors = builtin_connectors();
  for (ConnectorEntry& entry : further) {
    if (connectors.find(entry.spec.name)) {
      return std::unexpected(Error::user(fmt::format("this program has two connectors with the name {}", entry.spec.name),
                                         "give yours another name, in connector_spec.yaml and CMakeLists.txt"));
    }
    connectors.add(std::move(entry));
  }
  return connectors;
}

Result<int> run_command_line(std::span<const char* const> arguments, std::vector<ConnectorEntry> further, Console& console) {
  const std::vector<Command> commands = all_commands();
  static constexpr const char* kVersion = "version";
  if (!arguments.empty() && std::string_view(arguments.front()) == "--version") {
    arguments = std::span(&kVersion, 1);
  }
  LAKEFLOW_ASSIGN(auto parsed, parse_command_line(commands, arguments));
  if (const auto* help = std::get_if<HelpText>(&parsed)) {
    console.print(help->text);
    return kExitDone;
  }
  const auto& [command, values] = std::get<ParsedCommand>(parsed);
  LAKEFLOW_ASSIGN(const ConnectorRegistry connectors, all_connectors(std::move(further)));
  Session session{.console = console, .connectors = connectors};
  return command->run(values, session);
}

int run_program(std::span<const char* const> arguments, std::vector<ConnectorEntry> further) {
  Console console(Console::form_of_process(asks_for(arguments, "--json"), asks_for(arguments, "--verbose")));
  Result<int> code = run_command_line(arguments, std::move(further), console);
  const Status flushed = console.flush();
  if (code && !flushed) {
    code = std::unexpected(flushed.error());
  }
  if (!code) {
    console.error(code.error());
    return exit_code(code.error().kind());
  }
  return *code;
}

}  // namespace

int lakeflow_main(int argc, const char* const* argv, std::vector<ConnectorEntry> further) {
  // A closed pipe is seen where it is written to, and must not end a run half-way.
  std::signal(SIGPIPE, SIG_IGN);
  say_last_words("error: ", "next: ");
  try {
    return run_program(std::span(argv, static_cast<std::size_t>(argc)).subspan(1), std::move(further));
  } catch (const std::exception& problem) {
    Console console(Console::form_of_process(false, false));
    console.error(Error::internal("this program broke one of its own rules", "please report it, with the command that you typed"));
    return exit_code(ErrorKind::kInternal);
  }
}

}  // namespace lakeflow
