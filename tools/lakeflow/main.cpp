#include <csignal>
#include <exception>
#include <span>
#include <string_view>

#include "base/error.h"
#include "tools/builtin/builtin.h"
#include "tools/builtin/last_words.h"
#include "tools/lakeflow/command_line.h"
#include "tools/lakeflow/commands/all_commands.h"
#include "tools/lakeflow/console.h"

namespace lakeflow {
namespace {

Result<int> run_command_line(std::span<const char* const> arguments, Console& console) {
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
  const ConnectorRegistry connectors = builtin_connectors();
  Session session{.console = console, .connectors = connectors};
  return command->run(values, session);
}

int run_program(std::span<const char* const> arguments) {
  Console console(Console::form_of_process(asks_for(arguments, "--json"), asks_for(arguments, "--verbose")));
  Result<int> code = run_command_line(arguments, console);
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
}  // namespace lakeflow

int main(int argc, char** argv) {
  // A closed pipe is seen where it is written to, and must not end a run half-way.
  std::signal(SIGPIPE, SIG_IGN);
  lakeflow::say_last_words("error: ", "next: ");
  try {
    return lakeflow::run_program(std::span<const char* const>(argv, static_cast<std::size_t>(argc)).subspan(1));
  } catch (const std::exception& problem) {
    lakeflow::Console console(lakeflow::Console::form_of_process(false, false));
    console.error(lakeflow::Error::internal("this program broke one of its own rules", "please report it, with the command that you typed"));
    return lakeflow::exit_code(lakeflow::ErrorKind::kInternal);
  }
}
