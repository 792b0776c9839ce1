#include "engine/pipeline/pipeline.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <sstream>

#include <fmt/format.h>

#include "engine/pipeline/option_text.h"
#include "engine/pipeline/settings.h"
#include "libs/yaml/yaml_section.h"

namespace lakeflow {
namespace {

using Names = std::vector<std::string>;

std::string lower(std::string text) {
  std::ranges::transform(text, text.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return text;
}

std::string resolve_path(const std::filesystem::path& folder, const std::string& path) {
  if (folder.empty() || path == ":memory:") {
    return path;
  }
  return (folder / path).lexically_normal().string();
}

constexpr std::array<std::string_view, 2> kMovedSettings = {"error_handling", "dead_letter_path"};

// Reads the parts of one file. Kept together by the file's name, which every error bears.
class PipelineParser {
 public:
  explicit PipelineParser(std::string_view file_name) : file_name_(file_name) {}

  Result<Pipeline> parse(const YAML::Node& root) {
    static const Names kKeys = {"name", "connection", "connection_name", "destination", "objects", "settings"};
    LAKEFLOW_ASSIGN(const YamlSection section, YamlSection::open(root, "the pipeline", file_name_, kKeys));
    const std::filesystem::path file(file_name_);
    Pipeline pipeline;
    pipeline.folder = file.parent_path();
    LAKEFLOW_ASSIGN(const std::optional<std::string> name, section.text("name"));
    pipeline.name = name.value_or(file.stem().string());
    LAKEFLOW_TRY(parse_connection(section, pipeline));
    LAKEFLOW_TRY(parse_destination(section, pipeline));
    LAKEFLOW_TRY(parse_objects(section, pipeline));
    if (const std::optional<YAML::Node> settings = section.find("settings")) {
      LAKEFLOW_ASSIGN(pipeline.settings, parse_settings(*settings, file_name_));
    }
    LAKEFLOW_TRY(take_moved_settings(section.find("settings"), pipeline.settings));
    if (pipeline.settings.error_handling == ErrorHandling::kDeadLetter) {
      std::string& path = pipeline.settings.dead_letter_path;
      path = resolve_path(pipeline.folder, path.empty() ? pipeline.name + ".dead_letters" : path);
    }
    for (std::string* path : {&pipeline.settings.log_file, &pipeline.settings.metrics_file}) {
      if (!path->empty() && *path != "-") {
        *path = resolve_path(pipeline.folder, *path);
      }
    }
    return pipeline;
  }

 private:
  Status parse_connection(const YamlSection& section, Pipeline& pipeline) {
    const std::optional<YAML::Node> node = section.find("connection");
    if (!node) {
      LAKEFLOW_ASSIGN(const std::optional<std::string> connection_name, section.text("connection_name"));
      static const std::string kAdd = "add  connection: {connector: <name>, options: {…}}  (lakeflow connectors lists the names)";
      if (connection_name) {
        return section.place_of("connection_name")
            .user_error(fmt::format("connection_name {} can't be looked up: there is no catalogue of connections here", *connection_name), kAdd);
      }
      return section.place().user_error("the key connection is missing in the pipeline", kAdd);
    }
    static const Names kKeys = {"connector", "options"};
    LAKEFLOW_ASSIGN(const YamlSection connection, YamlSection::open(*node, "connection", file_name_, kKeys));
    pipeline.connection_place = connection.place().text();
    LAKEFLOW_ASSIGN(pipeline.connector, connection.required_text("connector"));
    if (const std::optional<YAML::Node> options = connection.find("options")) {
      LAKEFLOW_ASSIGN(const YamlSection members, YamlSection::open(*options, "options", file_name_, {}));
      for (const auto& [key, value] : members.members()) {
        const std::string name = key.Scalar();
        if (std::ranges::find(kMovedSettings, name) != kMovedSettings.end()) {
          LAKEFLOW_ASSIGN(const std::optional<std::string> text, members.text(name));
          if (text) {
            moved_settings_.push_back({name, *text, members.place_of(name)});
          }
          continue;
        }
        LAKEFLOW_TRY(add_option(members, key, value, pipeline.connection_options, pipeline.option_places));
      }
    }
    return {};
  }

  // Files that were written for the first connector have these among its connection's options: they are taken as settings.
  Status take_moved_settings(const std::optional<YAML::Node>& settings, PipelineSettings& into) const {
    std::optional<YamlPlace> place_of_path;
    if (settings && settings->IsMap() && (*settings)["dead_letter_path"]) {
      place_of_path.emplace(file_name_, (*settings)["dead_letter_path"].Mark());
    }
    for (const MovedSetting& moved : moved_settings_) {
      if (settings && settings->IsMap() && (*settings)[moved.name]) {
        return moved.place.user_error(fmt::format("{} stands in settings, too", moved.name), "take it out of the connection's options");
      }
      if (const Status set = set_setting(into, moved.name, moved.text); !set) {
        return moved.place.user_error(set.error().message());
      }
      if (moved.name == "dead_letter_path") {
        place_of_path = moved.place;
      }
    }
    if (place_of_path && into.error_handling != ErrorHandling::kDeadLetter) {
      return place_of_path->user_error("dead_letter_path is set, and nothing would be written there",
                                       "set error_handling: dead_letter, or take dead_letter_path out");
    }
    return {};
  }

  Status parse_destination(const YamlSection& section, Pipeline& pipeline) {
    static const Names kKeys = {"kind", "path", "file_bytes", "file_age", "publish_at_end"};
    const std::optional<YAML::Node> node = section.find("destination");
    if (!node) {
      return section.place().user_error("the key destination is missing in the pipeline", "add  destination: {kind: duckdb, path: <file>.duckdb}");
    }
    LAKEFLOW_ASSIGN(const YamlSection destination, YamlSection::open(*node, "destination", file_name_, kKeys));
    LAKEFLOW_ASSIGN(pipeline.destination.kind, destination.required_text("kind"));
    LAKEFLOW_ASSIGN(const std::string path, destination.required_text("path"));
    pipeline.destination.path = resolve_path(pipeline.folder, path);
    return parse_file_rules(destination, pipeline.destination);
  }

  // When a destination of files makes them.
  static Status parse_file_rules(const YamlSection& section, DestinationLocation& destination) {
    for (const char* const key : {"file_bytes", "file_age", "publish_at_end"}) {
      LAKEFLOW_ASSIGN(const std::optional<std::string> text, section.text(key));
      if (!text) {
        continue;
      }
      if (destination.kind != "parquet") {
        return section.place_of(key).user_error(fmt::format("{} is for a destination of kind parquet", key), "take it out");
      }
      if (const std::string misfit = set_file_rule(key, *text, destination); !misfit.empty()) {
        return section.place_of(key).user_error(fmt::format("{} must be {}", key, misfit));
      }
    }
    return {};
  }

  // What the text would have to be; nothing where it is.
  static std::string set_file_rule(std::string_view key, const std::string& text, DestinationLocation& destination) {
    if (key == "file_bytes") {
      const std::optional<std::int64_t> bytes = parse_bytes(text);
      destination.file_bytes = bytes.value_or(0);
      return destination.file_bytes > 0 ? "" : "a size above zero, such as 128mb";
    }
    if (key == "file_age") {
      const std::optional<double> seconds = parse_duration_seconds(text);
      destination.file_age_seconds = seconds.value_or(-1);
      return destination.file_age_seconds >= 0 && destination.file_age_seconds < 1e9 ? "" : "a time, such as 10m";
    }
    const std::optional<bool> publish = parse_boolean(text);
    destination.publish_at_end = publish.value_or(true);
    return publish ? "" : "true or false";
  }

  Status parse_objects(const YamlSection& section, Pipeline& pipeline) {
    LAKEFLOW_ASSIGN(const YAML::Node objects, section.require("objects"));
    if (!objects.IsSequence() || objects.size() == 0) {
      return section.place(objects).user_error("objects must be a list of tables, and not empty", "add  - table: {source_table: <name>}");
    }
    static const Names kKeys = {"table"};
    for (const YAML::Node& node : objects) {
      LAKEFLOW_ASSIGN(const YamlSection object, YamlSection::open(node, "an object", file_name_, kKeys));
      LAKEFLOW_ASSIGN(const YAML::Node table_node, object.require("table"));
      LAKEFLOW_ASSIGN(PipelineTable table, parse_table(table_node));
      LAKEFLOW_TRY(check_destination(table, pipeline.tables));
      pipeline.tables.push_back(std::move(table));
    }
    return {};
  }

  Result<PipelineTable> parse_table(const YAML::Node& node) {
    static const Names kKeys = {"source_table", "destination_catalog", "destination_schema", "destination_table", "table_configuration"};
    LAKEFLOW_ASSIGN(const YamlSection section, YamlSection::open(node, "table", file_name_, kKeys));
    PipelineTable table;
    table.place = section.place().text();
    LAKEFLOW_ASSIGN(table.source_table, section.required_text("source_table"));
    LAKEFLOW_ASSIGN(const std::optional<std::string> catalog, section.text("destination_catalog"));
    LAKEFLOW_ASSIGN(const std::optional<std::string> schema, section.text("destination_schema"));
    LAKEFLOW_ASSIGN(const std::optional<std::string> name, section.text("destination_table"));
    table.destination_catalog = catalog.value_or("");
    table.destination = {.schema = schema.value_or("main"), .table = name.value_or(table.source_table)};
    if (lower(table.destination.schema) == "_lakeflow") {
      return section.place_of("destination_schema").user_error("the schema _lakeflow is the engine's own", "choose another destination_schema");
    }
    if (const std::optional<YAML::Node> configuration = section.find("table_configuration")) {
      LAKEFLOW_TRY(parse_configuration(*configuration, table));
    }
    return table;
  }

  Status parse_configuration(const YAML::Node& node, PipelineTable& table) {
    LAKEFLOW_ASSIGN(const YamlSection section, YamlSection::open(node, "table_configuration", file_name_, {}));
    LAKEFLOW_ASSIGN(const std::optional<std::string> scd_type, section.text("scd_type"));
    if (scd_type) {
      for (const ScdType type : {ScdType::kType1, ScdType::kType2, ScdType::kAppendOnly}) {
        if (lower(*scd_type) == lower(std::string(scd_type_name(type)))) {
          table.scd_type = type;
        }
      }
      if (!table.scd_type) {
        return section.place_of("scd_type").user_error("scd_type must be SCD_TYPE_1, SCD_TYPE_2 or APPEND_ONLY");
      }
    }
    LAKEFLOW_ASSIGN(table.primary_keys, section.texts("primary_keys"));
    LAKEFLOW_ASSIGN(table.sequence_by, section.texts("sequence_by"));
    LAKEFLOW_ASSIGN(table.cluster_by, section.texts("cluster_by"));
    LAKEFLOW_ASSIGN(table.partition_by, section.texts("partition_by"));
    LAKEFLOW_ASSIGN(const std::optional<std::string> contract, section.text("schema_contract"));
    if (contract) {
      table.schema_contract = parse_schema_contract(*contract);
      if (!table.schema_contract) {
        return section.place_of("schema_contract").user_error("schema_contract must be evolve, freeze or discard");
      }
    }
    LAKEFLOW_ASSIGN(table.track_history_except, section.texts("track_history_except"));
    static const Names kFrameworkKeys = {"scd_type",     "primary_keys",    "sequence_by",         "cluster_by",
                                         "partition_by", "schema_contract", "track_history_except"};
    for (const auto& [key, value] : section.members()) {
      if (std::ranges::find(kFrameworkKeys, key.Scalar()) == kFrameworkKeys.end()) {
        LAKEFLOW_TRY(add_option(section, key, value, table.table_options, table.option_places));
      }
    }
    return {};
  }

  Status add_option(const YamlSection& section, const YAML::Node& key, const YAML::Node& value, Options& options,
                    std::map<std::string, std::string, std::less<>>& places) {
    const YamlPlace place = section.place(key);
    Result<std::string> text = option_text(value, place);
    if (!text) {
      return std::unexpected(text.error());
    }
    options.set(key.Scalar(), *std::move(text));
    places.insert_or_assign(key.Scalar(), place.text());
    return {};
  }

  // Names of tables don't differ by case alone: most destinations would take them for one.
  static Status check_destination(const PipelineTable& table, const std::vector<PipelineTable>& before) {
    for (const PipelineTable& other : before) {
      if (lower(other.destination.text()) != lower(table.destination.text())) {
        continue;
      }
      if (other.source_table == table.source_table) {
        return std::unexpected(
            Error::user(fmt::format("the table {} goes to {} twice (first at {})", table.source_table, table.destination.text(), other.place),
                        "take one of them out, or give it another destination_table")
                .at(table.place));
      }
      return std::unexpected(Error::user(fmt::format("the tables {} and {} both go to {} (first at {})", other.source_table, table.source_table,
                                                     table.destination.text(), other.place),
                                         "give one of them another destination_table")
                                 .at(table.place));
    }
    return {};
  }

  std::string_view file_name_;
  struct MovedSetting {
    std::string name;
    std::string text;
    YamlPlace place;
  };
  std::vector<MovedSetting> moved_settings_;
};

}  // namespace

std::string_view scd_type_name(ScdType type) {
  switch (type) {
    case ScdType::kType1: return "SCD_TYPE_1";
    case ScdType::kType2: return "SCD_TYPE_2";
    case ScdType::kAppendOnly: return "APPEND_ONLY";
  }
  return "SCD_TYPE_1";
}

Result<Pipeline> parse_pipeline(std::string_view text, std::string_view file_name) {
  try {
    const std::vector<YAML::Node> documents = YAML::LoadAll(std::string(text));
    if (documents.size() != 1) {
      return std::unexpected(Error::user(documents.empty() ? "the file is empty" : "the file holds several YAML documents",
                                         "a pipeline's file holds one mapping: name, connection, destination, objects")
                                 .at(file_name));
    }
    return PipelineParser(file_name).parse(documents.front());
  } catch (const YAML::Exception& problem) {
    return YamlPlace(file_name, problem.mark).user_error(fmt::format("this is no YAML: {}", problem.msg));
  }
}

Result<Pipeline> load_pipeline(const std::filesystem::path& file) {
  std::error_code failure;
  if (!std::filesystem::is_regular_file(file, failure)) {
    return std::unexpected(Error::user(fmt::format("there is no file {}", file.string()), "give the path of a pipeline's YAML or JSON file"));
  }
  std::ifstream stream(file, std::ios::binary);
  std::ostringstream text;
  text << stream.rdbuf();
  if (!stream) {
    return std::unexpected(Error::user(fmt::format("the file {} can't be read", file.string()), "check its permissions"));
  }
  return parse_pipeline(text.view(), file.string());
}

}  // namespace lakeflow
