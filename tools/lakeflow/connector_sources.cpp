#include "tools/lakeflow/connector_sources.h"

#include <fstream>
#include <optional>
#include <regex>
#include <sstream>

#include <fmt/format.h>

namespace lakeflow {
namespace {

constexpr const char* kSpecFile = "connector_spec.yaml";

// Whose spec a text is: its line `name: …`.
std::string name_in(const std::string& spec) {
  std::smatch found;
  return std::regex_search(spec, found, std::regex("(^|\n)name: *([a-z0-9_]+)")) ? found[2].str() : "a connector without a name";
}

}  // namespace

std::vector<Parameter> connector_sources_parameters() {
  return {{.name = "connector", .help = "Its name", .form = Parameter::Form::kPositional, .required = true},
          {.name = "folder", .help = "Where its source code is; default ./, ./NAME or ./sources/NAME", .value = Parameter::Value::kFolder},
          {.name = "set",
           .help = "NAME=VALUE: an option of the connection that its tables are listed with, beside documentation_options of its spec",
           .form = Parameter::Form::kRepeatedOption}};
}

Result<std::filesystem::path> connector_folder(const Arguments& arguments, const ConnectorEntry& connector) {
  const std::string& name = connector.spec.name;
  std::vector<std::filesystem::path> places = {".", name, std::filesystem::path("sources") / name};
  const std::optional<std::string> given = arguments.find("folder");
  if (given) {
    places = {*given};
  }
  for (const std::filesystem::path& place : places) {
    std::error_code unreadable;
    if (!std::filesystem::exists(place / kSpecFile, unreadable)) {
      continue;
    }
    LAKEFLOW_ASSIGN(const std::string spec, read_text_file(place / kSpecFile));
    if (spec == connector.spec.text) {
      return place;
    }
    if (const std::string other = name_in(spec); other == name) {
      return std::unexpected(
          Error::user(fmt::format("{} is not the one that this program was built with", (place / kSpecFile).string()), "build the program again"));
    } else if (given) {
      return std::unexpected(Error::user(fmt::format("{} is of the connector {}, not of {}", place.string(), other, name)));
    }
  }
  return std::unexpected(Error::user(given ? fmt::format("{} has no {}", *given, kSpecFile) : fmt::format("the source code of {} is not here", name),
                                     "--folder names the folder in which its connector_spec.yaml is"));
}

Result<Options> documentation_options(const Arguments& arguments, const ConnectorEntry& connector) {
  Options options = connector.spec.documentation_options;
  for (const std::string& setting : arguments.list("set")) {
    const std::size_t equals = setting.find('=');
    if (equals == std::string::npos) {
      return std::unexpected(Error::user("--set has no =", "--set NAME=VALUE"));
    }
    options.set(setting.substr(0, equals), setting.substr(equals + 1));
  }
  return connector.spec.check_connection_options(options);
}

Result<std::string> read_text_file(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  std::stringstream text;
  text << stream.rdbuf();
  if (!stream) {
    return std::unexpected(Error::user(fmt::format("{} can't be read", file.string())));
  }
  return std::move(text).str();
}

}  // namespace lakeflow
