#pragma once

#include <span>
#include <string>
#include <variant>

#include "base/error.h"
#include "tools/lakeflow/command.h"

namespace lakeflow {

// A command line that asks for a command.
struct ParsedCommand {
  const Command* command = nullptr;
  Arguments arguments;
};

// A command line that asks for help.
struct HelpText {
  std::string text;
};

// Whether --json (--verbose) is among the arguments, before anything is known of them: errors in the command line itself
// are JSON too.
bool asks_for(std::span<const char* const> arguments, std::string_view flag);

// Parses what follows the program's name. A user error says what was not understood and names the nearest command or option.
Result<std::variant<ParsedCommand, HelpText>> parse_command_line(std::span<const Command> commands, std::span<const char* const> arguments);

// What --help shows of the program and of one command.
std::string program_help(std::span<const Command> commands);
std::string command_help(const Command& command);

// The options that every command takes beside its own.
std::span<const Parameter> options_of_every_command();

}  // namespace lakeflow
