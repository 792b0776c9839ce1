#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "tools/lakeflow/command_line.h"

namespace lakeflow {
namespace {

using Lines = std::vector<std::pair<std::string, std::string>>;

std::string upper(std::string text) {
  std::ranges::transform(text, text.begin(), [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c == '-' ? '_' : c; });
  return text;
}

// "--rows COUNT", "PIPELINE", "--json".
std::string usage_of(const Parameter& parameter) {
  switch (parameter.form) {
    case Parameter::Form::kPositional: return upper(parameter.name);
    case Parameter::Form::kFlag: return "--" + parameter.name;
    case Parameter::Form::kOption:
    case Parameter::Form::kRepeatedOption: break;
  }
  switch (parameter.value) {
    case Parameter::Value::kCount: return fmt::format("--{} COUNT", parameter.name);
    case Parameter::Value::kFile: return fmt::format("--{} FILE", parameter.name);
    case Parameter::Value::kFolder: return fmt::format("--{} FOLDER", parameter.name);
    case Parameter::Value::kChoice: return fmt::format("--{} {}", parameter.name, fmt::join(parameter.choices, "|"));
    case Parameter::Value::kText: break;
  }
  return fmt::format("--{} {}", parameter.name, upper(parameter.name));
}

std::string help_of(const Parameter& parameter) {
  std::string text = parameter.help;
  if (parameter.form == Parameter::Form::kRepeatedOption) {
    text += "; may be given again";
  }
  if (!parameter.default_value.empty()) {
    text += fmt::format(" (default {})", parameter.default_value);
  }
  if (parameter.form == Parameter::Form::kPositional && !parameter.choices.empty()) {
    text += fmt::format(": {}", fmt::join(parameter.choices, ", "));
  }
  return text;
}

std::string aligned(const Lines& lines) {
  std::size_t widest = 0;
  for (const auto& [left, right] : lines) {
    widest = std::max(widest, left.size());
  }
  std::string out;
  for (const auto& [left, right] : lines) {
    out += fmt::format("  {:<{}}  {}\n", left, widest, right);
  }
  return out;
}

}  // namespace

std::string program_help(std::span<const Command> commands) {
  Lines lines;
  for (const Command& command : commands) {
    lines.emplace_back(command.name, command.summary);
  }
  return fmt::format(
      "lakeflow: brings what is new in a source system into a lakehouse, exactly once\n\n"
      "Usage: lakeflow COMMAND …\n\n"
      "Commands:\n{}\n"
      "lakeflow COMMAND --help shows what a command takes, with an example.\n\n"
      "Exit codes: 0 done, 1 a fault of this program, 2 your mistake, 3 the source, 4 the data, 5 the destination,\n"
      "6 some tables failed and others did not, 7 unhealthy (of health), 8 a check failed, 130 interrupted.\n",
      aligned(lines));
}

std::string command_help(const Command& command) {
  std::string usage = "lakeflow " + command.name;
  Lines positionals;
  Lines options;
  for (const Parameter& parameter : command.parameters) {
    if (parameter.form == Parameter::Form::kPositional) {
      usage += parameter.required ? " " + upper(parameter.name) : " [" + upper(parameter.name) + "]";
      positionals.emplace_back(usage_of(parameter), help_of(parameter));
    } else {
      options.emplace_back(usage_of(parameter), help_of(parameter));
    }
  }
  for (const Parameter& parameter : options_of_every_command()) {
    options.emplace_back(usage_of(parameter), help_of(parameter));
  }
  options.emplace_back("--help", "This text");
  std::string out = fmt::format("{}\n\nUsage: {} [options]\n", command.summary, usage);
  if (!command.description.empty()) {
    out += fmt::format("\n{}\n", command.description);
  }
  if (!positionals.empty()) {
    out += "\n" + aligned(positionals);
  }
  out += "\nOptions:\n" + aligned(options) + "\nExample:\n";
  for (const std::string& example : command.examples) {
    out += fmt::format("  {}\n", example);
  }
  return out;
}

}  // namespace lakeflow
