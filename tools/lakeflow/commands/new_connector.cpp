#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "tools/connector_template/connector_template.h"
#include "tools/lakeflow/commands/all_commands.h"
#include "tools/lakeflow/console.h"

namespace lakeflow {
namespace {

Status write_file(const std::filesystem::path& path, const std::string& text) {
  std::error_code failed;
  std::filesystem::create_directories(path.parent_path(), failed);
  std::ofstream stream(path, std::ios::binary | std::ios::trunc);
  stream << text;
  stream.close();
  return stream ? Status() : std::unexpected(Error::user(fmt::format("{} can't be written", path.string()), "may you write there?"));
}

// Where the package of this very program lies, if find_package(lakeflow) would not find it by PATH.
std::string prefix_flag() {
  std::error_code failed;
  const std::filesystem::path prefix = std::filesystem::read_symlink("/proc/self/exe", failed).parent_path().parent_path();
  if (failed || !std::filesystem::exists(prefix / "lib/cmake/lakeflow/lakeflow-config.cmake", failed)) {
    return " -DCMAKE_PREFIX_PATH=WHERE_LAKEFLOW_IS_INSTALLED";
  }
  std::string_view path = std::getenv("PATH") != nullptr ? std::getenv("PATH") : "";
  while (!path.empty()) {
    const std::string_view folder = path.substr(0, path.find(':'));
    if (std::filesystem::equivalent(folder, prefix / "bin", failed)) {
      return {};
    }
    path.remove_prefix(std::min(folder.size() + 1, path.size()));
  }
  return fmt::format(" -DCMAKE_PREFIX_PATH={}", prefix.string());
}

Result<int> run_new(const Arguments& arguments, Session& session) {
  Console& console = session.console;
  const std::string name = arguments.text("name");
  std::vector<std::string> tables = arguments.list("table");
  if (tables.empty()) {
    tables.emplace_back("items");
  }
  LAKEFLOW_ASSIGN(const std::vector<NewFile> files, new_connector(name, tables));
  if (session.connectors.find(name)) {
    return std::unexpected(Error::user(fmt::format("there is a connector {} already", name), "a program has one of a name: take another one"));
  }
  const std::filesystem::path folder = std::filesystem::path(arguments.text("into")) / name;
  if (std::filesystem::exists(std::filesystem::symlink_status(folder))) {
    return std::unexpected(
        Error::user(fmt::format("{} is there already", folder.string()), "nothing in it was touched; take another name, or --into another folder"));
  }
  for (const NewFile& file : files) {
    LAKEFLOW_TRY(write_file(folder / file.path, file.text));
  }
  const std::vector<std::string> next = {fmt::format("cd {}", folder.string()), fmt::format("cmake -B build{}", prefix_flag()), "cmake --build build",
                                         fmt::format("build/{}_test", name)};
  if (console.json()) {
    nlohmann::ordered_json document = {{"connector", name}, {"folder", folder.string()}, {"files", nlohmann::ordered_json::array()}, {"next", next}};
    for (const NewFile& file : files) {
      document["files"].push_back(file.path);
    }
    console.print(document.dump(2) + "\n");
    return kExitDone;
  }
  for (const NewFile& file : files) {
    console.print((folder / file.path).string() + "\n");
  }
  console.note("\nIt builds as it is; its suite fails, and says what comes next:");
  for (const std::string& command : next) {
    console.note("  " + command);
  }
  console.note("\ndocs/making-a-connector.md goes on from here.");
  return kExitDone;
}

}  // namespace

Command new_connector_command() {
  return {.name = "new",
          .summary = "Make the folder of a new connector, which builds, with a suite that says what comes next",
          .description =
              "Writes the design document's folder for a JSON REST API: the description of its tables to fill in, a simulated source, tests,\n"
              "the documents with their questions, and a pipeline to try it by. It builds outside of lakeflow's repository, against the\n"
              "installed package, into a command of its own. Needs cmake and g++.",
          .examples = {"lakeflow new shop --table orders --table customers", "lakeflow new shop --into ~/connectors"},
          .parameters = {{.name = "name", .help = "The connector's name, in snake_case", .form = Parameter::Form::kPositional, .required = true},
                         {.name = "table", .help = "A table to begin with (items without it)", .form = Parameter::Form::kRepeatedOption},
                         {.name = "into", .help = "The folder that it is made in", .value = Parameter::Value::kFolder, .default_value = "."}},
          .run = run_new};
}

}  // namespace lakeflow
