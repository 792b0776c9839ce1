#include "engine/pipeline/dev_config.h"

#include <fstream>
#include <sstream>

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include "engine/pipeline/option_text.h"
#include "libs/yaml/yaml_section.h"

namespace lakeflow {
namespace {

constexpr std::string_view kTables = "tables";

Status add_options(const YamlSection& section, std::string_view passed_over, Options& options,
                   std::map<std::string, std::string, std::less<>>& places) {
  for (const auto& [key, value] : section.members()) {
    if (key.Scalar() == passed_over) {
      continue;
    }
    LAKEFLOW_ASSIGN(std::string text, option_text(value, section.place(value)));
    options.set(key.Scalar(), std::move(text));
    places[key.Scalar()] = section.place(key).text();
  }
  return {};
}

PipelineTable table_of(const std::string& name, const YamlPlace& place) {
  PipelineTable table;
  table.source_table = name;
  table.place = place.text();
  return table;
}

Status add_tables(const YamlSection& section, const YAML::Node& node, const std::string& file_name, Pipeline& pipeline) {
  if (!node.IsMap()) {
    LAKEFLOW_ASSIGN(const std::vector<std::string> names, section.texts(kTables));
    for (const std::string& name : names) {
      pipeline.tables.push_back(table_of(name, section.place_of(kTables)));
    }
    return {};
  }
  LAKEFLOW_ASSIGN(const YamlSection tables, YamlSection::open(node, kTables, file_name, {}));
  for (const auto& [name, options] : tables.members()) {
    PipelineTable table = table_of(name.Scalar(), section.place(name));
    LAKEFLOW_ASSIGN(const YamlSection members, YamlSection::open(options, "the options of a table", file_name, {}));
    LAKEFLOW_TRY(add_options(members, {}, table.table_options, table.option_places));
    pipeline.tables.push_back(std::move(table));
  }
  return {};
}

}  // namespace

Result<Pipeline> load_dev_config(std::string_view connector, const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  std::ostringstream text;
  text << stream.rdbuf();
  if (!stream) {
    return std::unexpected(
        Error::user(fmt::format("the file {} can't be read", file.string()), "name the file of the connection's options: --config"));
  }
  const std::string file_name = file.string();
  YAML::Node root;
  try {
    root = YAML::Load(text.str());
  } catch (const YAML::Exception& problem) {
    return YamlPlace(file_name, problem.mark).user_error(fmt::format("this is no JSON: {}", problem.msg));
  }
  LAKEFLOW_ASSIGN(const YamlSection section, YamlSection::open(root, "a connector's configuration", file_name, {}));
  Pipeline pipeline;
  pipeline.name = file.filename().string();
  pipeline.folder = file.parent_path();
  pipeline.connector = connector;
  pipeline.connection_place = section.place().text();
  LAKEFLOW_TRY(add_options(section, kTables, pipeline.connection_options, pipeline.option_places));
  if (const std::optional<YAML::Node> tables = section.find(kTables)) {
    LAKEFLOW_TRY(add_tables(section, *tables, file_name, pipeline));
  }
  return pipeline;
}

}  // namespace lakeflow
