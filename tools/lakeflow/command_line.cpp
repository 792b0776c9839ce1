#include "tools/lakeflow/command_line.h"

#include <algorithm>
#include <array>
#include <map>
#include <memory>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <CLI/CLI.hpp>

#include "base/options.h"

namespace lakeflow {
namespace {

const std::array kOptionsOfEveryCommand = {
    Parameter{.name = "json", .help = "Results and errors as JSON", .form = Parameter::Form::kFlag},
    Parameter{.name = "verbose", .help = "Say more on stderr", .form = Parameter::Form::kFlag},
};

// A command as CLI11 knows it, with the places where it puts the values.
struct BoundCommand {
  const Command* command = nullptr;  // null for a group such as "quarantine"
  CLI::App* app = nullptr;
  std::map<std::string, std::vector<std::string>> values;
  std::map<std::string, CLI::Option*> options;
};

using BoundCommands = std::vector<std::unique_ptr<BoundCommand>>;

void bind_parameter(BoundCommand& bound, const Parameter& parameter) {
  const bool positional = parameter.form == Parameter::Form::kPositional;
  const std::string name = positional ? parameter.name : "--" + parameter.name;
  CLI::Option* option = nullptr;
  if (parameter.form == Parameter::Form::kFlag) {
    option = bound.app->add_flag(name);
  } else {
    option = bound.app->add_option(name, bound.values[parameter.name]);
    // Each occurrence takes one value, so that an option never swallows the positional after it.
    option->type_size(1)->allow_extra_args(false)->required(parameter.required);
    if (parameter.form == Parameter::Form::kRepeatedOption) {
      option->expected(1, CLI::detail::expected_max_vector_size)->allow_extra_args(false);
    } else {
      option->expected(1);
    }
  }
  bound.options[parameter.name] = option;
}

CLI::App* group_app(CLI::App& root, BoundCommands& bound, const std::string& name) {
  const auto known = std::ranges::find_if(bound, [&](const auto& entry) { return entry->command == nullptr && entry->app->get_name() == name; });
  if (known != bound.end()) {
    return (*known)->app;
  }
  CLI::App* group = root.add_subcommand(name);
  group->require_subcommand(1);
  bound.push_back(std::make_unique<BoundCommand>(BoundCommand{.app = group, .values = {}, .options = {}}));
  return group;
}

BoundCommands bind_commands(CLI::App& root, std::span<const Command> commands) {
  BoundCommands bound;
  for (const Command& command : commands) {
    CLI::App* parent = &root;
    std::string name = command.name;
    if (const std::size_t space = name.find(' '); space != std::string::npos) {
      parent = group_app(root, bound, name.substr(0, space));
      name = name.substr(space + 1);
    }
    auto entry = std::make_unique<BoundCommand>();
    entry->command = &command;
    entry->app = parent->add_subcommand(name);
    for (const Parameter& parameter : command.parameters) {
      bind_parameter(*entry, parameter);
    }
    for (const Parameter& parameter : kOptionsOfEveryCommand) {
      bind_parameter(*entry, parameter);
    }
    bound.push_back(std::move(entry));
  }
  return bound;
}

std::string help_for(std::span<const Command> commands, const BoundCommands& bound) {
  for (const auto& entry : bound) {
    if (entry->command != nullptr && entry->app->parsed()) {
      return command_help(*entry->command);
    }
  }
  for (const auto& entry : bound) {
    if (entry->app->parsed()) {
      const std::string group = entry->app->get_name() + " ";
      std::vector<Command> members;
      std::ranges::copy_if(commands, std::back_inserter(members), [&](const Command& command) { return command.name.starts_with(group); });
      return program_help(members);
    }
  }
  return program_help(commands);
}

// The names that might have been meant where `app` did not expect an argument.
std::vector<std::string> expected_names(const CLI::App& app, bool options) {
  std::vector<std::string> names;
  if (options) {
    for (const CLI::Option* option : app.get_options()) {
      for (const std::string& name : option->get_lnames()) {
        names.push_back("--" + name);
      }
    }
  } else {
    for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) {
      names.push_back(command->get_name());
    }
  }
  return names;
}

Error unexpected_argument(const CLI::App& app, const std::string& command, const std::string& argument) {
  const bool is_option = argument.starts_with("-");
  const std::vector<std::string> names = expected_names(app, is_option);
  const bool wants_command = !is_option && !names.empty();
  const std::string_view what = is_option ? "unknown option" : wants_command ? "unknown command" : "unexpected argument";
  const std::string shown = is_option ? argument.substr(0, argument.find('=')) : argument;  // never a value
  const std::optional<std::string> nearest = nearest_name(shown, names);
  return Error::user(fmt::format("{} {}", what, shown),
                     nearest ? fmt::format("did you mean {}?", *nearest) : fmt::format("{} --help lists what there is", command));
}

// What CLI11 found wrong, as an error of ours.
Error parse_error(const CLI::App& root, const CLI::ParseError& problem) {
  const CLI::App* app = &root;
  std::string command = "lakeflow";
  for (auto parsed = root.get_subcommands(); !parsed.empty(); parsed = app->get_subcommands()) {
    app = parsed.front();
    command += " " + app->get_name();
  }
  if (dynamic_cast<const CLI::ExtrasError*>(&problem) != nullptr) {
    const std::vector<std::string> extras = root.remaining(true);
    if (!extras.empty()) {
      return unexpected_argument(*app, command, extras.front());
    }
  }
  if (dynamic_cast<const CLI::RequiredError*>(&problem) != nullptr) {
    for (const CLI::Option* option : app->get_options()) {
      if (option->get_required() && option->count() == 0) {
        return Error::user(fmt::format("{}: {} is missing", command, option->get_name()), fmt::format("{} --help shows an example", command));
      }
    }
    const std::vector<std::string> names = expected_names(*app, false);
    const std::vector<std::string> extras = root.remaining(true);
    if (!extras.empty()) {
      return unexpected_argument(*app, command, extras.front());
    }
    return Error::user(fmt::format("{}: a command is missing", command), fmt::format("one of {}; --help explains them", fmt::join(names, ", ")));
  }
  return Error::user(problem.what(), fmt::format("{} --help lists what there is", command));
}

Status check_value(const Parameter& parameter, const std::string& value) {
  if (parameter.value == Parameter::Value::kCount) {
    const std::optional<std::int64_t> number = parse_integer(value);
    if (!number || *number < 0) {
      return std::unexpected(Error::user(fmt::format("option --{} is not a whole number", parameter.name), parameter.help));
    }
  }
  if (parameter.value == Parameter::Value::kChoice && std::ranges::find(parameter.choices, value) == parameter.choices.end()) {
    const bool positional = parameter.form == Parameter::Form::kPositional;
    return std::unexpected(Error::user(fmt::format("{}{} is not {}", positional ? "" : "--", parameter.name, value),
                                       fmt::format("one of {}", fmt::join(parameter.choices, ", "))));
  }
  return {};
}

Result<Arguments> read_arguments(const BoundCommand& bound) {
  Arguments arguments;
  const auto read = [&](const Parameter& parameter) -> Status {
    if (bound.options.at(parameter.name)->count() == 0) {
      if (!parameter.default_value.empty()) {
        arguments.set(parameter.name, {parameter.default_value});
      }
      return {};
    }
    const auto values = bound.values.find(parameter.name);
    if (values == bound.values.end()) {
      arguments.set(parameter.name, {});
      return {};
    }
    for (const std::string& value : values->second) {
      LAKEFLOW_TRY(check_value(parameter, value));
    }
    arguments.set(parameter.name, values->second);
    return {};
  };
  for (const Parameter& parameter : bound.command->parameters) {
    LAKEFLOW_TRY(read(parameter));
  }
  for (const Parameter& parameter : kOptionsOfEveryCommand) {
    LAKEFLOW_TRY(read(parameter));
  }
  return arguments;
}

}  // namespace

std::span<const Parameter> options_of_every_command() { return kOptionsOfEveryCommand; }

bool asks_for(std::span<const char* const> arguments, std::string_view flag) {
  for (const char* argument : arguments) {
    if (std::string_view(argument) == "--") {
      return false;
    }
    if (argument == flag) {
      return true;
    }
  }
  return false;
}

Result<std::variant<ParsedCommand, HelpText>> parse_command_line(std::span<const Command> commands, std::span<const char* const> arguments) {
  CLI::App root("", "lakeflow");
  root.require_subcommand(1);
  const BoundCommands bound = bind_commands(root, commands);
  std::vector<std::string> reversed(arguments.begin(), arguments.end());
  if (reversed.empty()) {
    return HelpText{program_help(commands)};
  }
  std::ranges::reverse(reversed);  // as CLI11 wants a vector
  try {
    root.parse(std::move(reversed));
  } catch (const CLI::CallForHelp&) {
    return HelpText{help_for(commands, bound)};
  } catch (const CLI::ParseError& problem) {
    return std::unexpected(parse_error(root, problem));
  }
  for (const auto& entry : bound) {
    if (entry->command != nullptr && entry->app->parsed()) {
      LAKEFLOW_ASSIGN(Arguments read, read_arguments(*entry));
      return ParsedCommand{entry->command, std::move(read)};
    }
  }
  return std::unexpected(Error::internal("the command line named no command"));
}

}  // namespace lakeflow
