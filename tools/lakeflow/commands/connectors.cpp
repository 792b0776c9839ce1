#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "tools/lakeflow/commands/all_commands.h"
#include "tools/lakeflow/console.h"
#include "tools/lakeflow/output/text_table.h"

namespace lakeflow {
namespace {

using Json = nlohmann::ordered_json;

Json options_json(const std::vector<OptionSpec>& options) {
  Json list = Json::array();
  for (const OptionSpec& option : options) {
    Json entry = {{"name", option.name}, {"type", option_type_name(option.type)}, {"required", option.required}, {"secret", option.secret}};
    if (option.default_value) {
      entry["default"] = *option.default_value;
    }
    if (!option.choices.empty()) {
      entry["choices"] = option.choices;
    }
    entry["help"] = option.help;
    list.push_back(std::move(entry));
  }
  return list;
}

Json connector_json(const ConnectorSpec& spec) {
  return {{"name", spec.name},
          {"display_name", spec.display_name},
          {"description", spec.description},
          {"connection_options", options_json(spec.connection_options)},
          {"table_options", options_json(spec.table_options)}};
}

std::string options_text(std::string_view title, const std::vector<OptionSpec>& options, const Console& console) {
  if (options.empty()) {
    return {};
  }
  const std::size_t width = console.form().output_is_terminal ? console.form().width : 0;
  TextTable table({{"OPTION"}, {"TYPE"}, {"DEFAULT"}, {"HELP"}}, width);
  for (const OptionSpec& option : options) {
    const std::string type = option.choices.empty() ? std::string(option_type_name(option.type)) : fmt::format("{}", fmt::join(option.choices, "|"));
    const std::string standard = option.required ? "(required)" : option.secret ? "(secret)" : option.default_value.value_or("");
    table.add({option.name, type, standard, option.help});
  }
  return fmt::format("\n{}\n{}", title, table.render());
}

Result<int> run_connectors(const Arguments& arguments, Session& session) {
  if (const std::optional<std::string> name = arguments.find("connector")) {
    LAKEFLOW_ASSIGN(const ConnectorEntry* entry, session.connectors.find(*name));
    const ConnectorSpec& spec = entry->spec;
    if (session.console.json()) {
      session.console.print(connector_json(spec).dump(2) + "\n");
      return kExitDone;
    }
    session.console.print(fmt::format("{}: {}\n", spec.name, spec.description));
    session.console.print(options_text("Options of the connection (key `connection: {options: …}`)", spec.connection_options, session.console));
    session.console.print(options_text("Options of a table (key `table_configuration`)", spec.table_options, session.console));
    return kExitDone;
  }
  if (session.console.json()) {
    Json list = Json::array();
    for (const ConnectorEntry& entry : session.connectors.entries()) {
      list.push_back(connector_json(entry.spec));
    }
    session.console.print(list.dump(2) + "\n");
    return kExitDone;
  }
  TextTable table({{"CONNECTOR"}, {"DESCRIPTION"}});
  for (const ConnectorEntry& entry : session.connectors.entries()) {
    table.add({entry.spec.name, entry.spec.description});
  }
  session.console.print(table.render());
  session.console.note("\nlakeflow connectors NAME shows its options.");
  return kExitDone;
}

}  // namespace

Command connectors_command() {
  return {.name = "connectors",
          .summary = "List the connectors, or the options of one",
          .examples = {"lakeflow connectors", "lakeflow connectors healthcare"},
          .parameters = {{.name = "connector", .help = "Its name", .form = Parameter::Form::kPositional}},
          .run = run_connectors};
}

}  // namespace lakeflow
