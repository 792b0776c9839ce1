#include <filesystem>
#include <fstream>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "testing/reference/connector_reference.h"
#include "testing/reference/marked_parts.h"
#include "tools/lakeflow/commands/all_commands.h"
#include "tools/lakeflow/connector_sources.h"
#include "tools/lakeflow/console.h"

namespace lakeflow {
namespace {

// What becomes of one of the document's parts.
struct PartChange {
  std::string name;
  bool is_marked = false;
  std::vector<std::string> differences;
};

Result<std::vector<PartChange>> changes_of(std::string_view document, const std::vector<MarkedPart>& parts) {
  std::vector<PartChange> changes;
  for (const MarkedPart& part : parts) {
    LAKEFLOW_ASSIGN(const std::optional<std::string> standing, find_marked_part(document, part.name));
    changes.push_back({part.name, standing.has_value(), different_lines(standing.value_or(std::string()), part.text)});
  }
  return changes;
}

Status write_document(const std::filesystem::path& file, const std::string& text) {
  std::ofstream stream(file, std::ios::binary | std::ios::trunc);
  stream << text;
  stream.close();
  return stream ? Status() : std::unexpected(Error::user(fmt::format("{} can't be written", file.string())));
}

void print_changes(const std::vector<PartChange>& changes, const std::string& file, bool checks, Console& console) {
  if (console.json()) {
    nlohmann::ordered_json document = {{"file", file}, {"parts", nlohmann::ordered_json::array()}};
    for (const PartChange& change : changes) {
      document["parts"].push_back({{"part", change.name}, {"marked", change.is_marked}, {"differences", change.differences}});
    }
    console.print(document.dump(2) + "\n");
    return;
  }
  for (const PartChange& change : changes) {
    if (!change.is_marked) {
      console.print(fmt::format("{}: {} has no marks\n", file, change.name));
    } else if (change.differences.empty()) {
      console.print(fmt::format("{}: {} is up to date\n", file, change.name));
    } else if (checks) {
      console.print(fmt::format("{}: {} is not up to date\n", file, change.name));
      for (const std::string& line : change.differences) {
        console.print(fmt::format("  {}\n", line));
      }
    } else {
      console.print(fmt::format("{}: {} written\n", file, change.name));
    }
  }
}

Result<int> run_docs(const Arguments& arguments, Session& session) {
  LAKEFLOW_ASSIGN(const ConnectorEntry* connector, session.connectors.find(arguments.text("connector")));
  std::filesystem::path file = arguments.text("readme");
  if (file.empty()) {
    LAKEFLOW_ASSIGN(const std::filesystem::path folder, connector_folder(arguments, *connector));
    file = (folder / "README.md").lexically_normal();
  }
  LAKEFLOW_ASSIGN(const std::string document, read_text_file(file));
  LAKEFLOW_ASSIGN(const Options options, documentation_options(arguments, *connector));
  LAKEFLOW_ASSIGN(const std::unique_ptr<LakeflowConnect> source, connector->make(options));
  LAKEFLOW_ASSIGN(const std::string tables, tables_reference(*source));
  const std::vector<MarkedPart> parts = {{"options", options_reference(connector->spec)}, {"tables", tables}};
  const auto changes = changes_of(document, parts);
  if (!changes) {
    return std::unexpected(changes.error().at(file.string()));
  }
  bool is_any_marked = false;
  bool differs = false;
  for (const PartChange& change : *changes) {
    is_any_marked |= change.is_marked;
    differs |= !change.is_marked || !change.differences.empty();
  }
  const bool checks = arguments.flag("check");
  if (!is_any_marked && !checks) {
    return std::unexpected(Error::user(fmt::format("{} has no marks", file.string()),
                                       fmt::format("put {} and <!-- /lakeflow docs --> on lines of their own where the options belong, and the same "
                                                   "for tables",
                                                   opening_mark("options"))));
  }
  if (differs && !checks) {
    LAKEFLOW_ASSIGN(const std::string text, replace_marked_parts(document, parts));
    LAKEFLOW_TRY(write_document(file, text));
  }
  print_changes(*changes, file.string(), checks, session.console);
  return checks && differs ? kExitTestFailed : kExitDone;
}

}  // namespace

Command docs_command() {
  Command command{.name = "docs",
                  .summary = "Write the reference of a connector's options and tables into its README, or check that it is up to date",
                  .description =
                      "What it writes stands between <!-- lakeflow docs: options --> and <!-- /lakeflow docs -->, and between <!-- lakeflow docs: "
                      "tables --> and\n"
                      "<!-- /lakeflow docs -->; nothing else of the file is touched. With --check it writes nothing, shows the lines that differ, "
                      "and the exit code\n"
                      "is 8 where some do.",
                  .examples = {"lakeflow docs healthcare", "lakeflow docs healthcare --check",
                               "lakeflow docs orders --folder ~/orders --set base_url=https://orders.example.org"},
                  .parameters = connector_sources_parameters(),
                  .run = run_docs};
  command.parameters.push_back({.name = "readme", .help = "The file, instead of the connector's README.md", .value = Parameter::Value::kFile});
  command.parameters.push_back({.name = "check", .help = "Write nothing, and show what differs", .form = Parameter::Form::kFlag});
  return command;
}

}  // namespace lakeflow
