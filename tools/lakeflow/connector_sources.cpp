#include "tools/lakeflow/connector_sources.h"

#include <fstream>
#include <optional>
#include <sstream>

#include <fmt/format.h>

#include "sources/rest/rest_options.h"

namespace lakeflow {
namespace {

constexpr const char* kSpecFile = "connector_spec.yaml";

// The spec that lies in the folder; nothing where none does.
Result<std::optional<ConnectorSpec>> spec_in(const std::filesystem::path& folder) {
  std::error_code unreadable;
  if (!std::filesystem::exists(folder / kSpecFile, unreadable)) {
    return std::nullopt;
  }
  LAKEFLOW_ASSIGN(const std::string text, read_text_file(folder / kSpecFile));
  auto spec = ConnectorSpec::parse(text, {{"rest", rest_options()}});
  if (!spec) {
    return std::unexpected(spec.error().at(folder.string()));
  }
  return *std::move(spec);
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
    LAKEFLOW_ASSIGN(const std::optional<ConnectorSpec> spec, spec_in(place));
    if (!spec || (spec->name != name && !given)) {
      continue;
    }
    if (spec->name != name) {
      return std::unexpected(Error::user(fmt::format("{} is the connector {}, not {}", place.string(), spec->name, name)));
    }
    if (*spec != connector.spec) {
      return std::unexpected(
          Error::user(fmt::format("{} is not the one that this program was built with", (place / kSpecFile).string()), "build the program again"));
    }
    return place;
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
