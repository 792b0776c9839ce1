#include "engine/pipeline/connection.h"

#include <algorithm>

#include <fmt/format.h>

namespace lakeflow {
namespace {

using Places = std::map<std::string, std::string, std::less<>>;
using Check = Result<Options> (ConnectorSpec::*)(const Options&) const;

std::string place_of(const Places& places, std::string_view name, const std::string& otherwise) {
  const auto found = places.find(name);
  return found == places.end() ? otherwise : found->second;
}

Error placed(const Error& error, const std::string& place) { return place.empty() ? error : error.at(place); }

// The spec's check, whose errors are given the line of the option that is at fault: each option alone first, then all
// together for what is missing.
Result<Options> check_placed(const ConnectorSpec& spec, Check check, const Options& given, const Places& places, const std::string& place) {
  ConnectorSpec alone = spec;
  for (std::vector<OptionSpec>* const options : {&alone.connection_options, &alone.table_options}) {
    for (OptionSpec& option : *options) {
      option.required = false;
    }
  }
  for (const auto& [name, value] : given.values()) {
    if (Result<Options> checked = (alone.*check)(Options{{name, value}}); !checked) {
      return std::unexpected(placed(checked.error(), place_of(places, name, place)));
    }
  }
  Result<Options> checked = (spec.*check)(given);
  if (!checked) {
    return std::unexpected(placed(checked.error(), place));
  }
  return checked;
}

// Relative paths of the file are meant from the file's folder; "s3://…" and the like are no paths of this machine.
void resolve_paths(const std::vector<OptionSpec>& declared, const Options& given, const std::filesystem::path& folder, Options& checked) {
  if (folder.empty()) {
    return;
  }
  for (const OptionSpec& option : declared) {
    const std::optional<std::string> value = given.find(option.name);
    if (option.type == OptionType::kPath && value && !value->empty() && value->find("://") == std::string::npos) {
      checked.set(option.name, (folder / *value).lexically_normal().string());
    }
  }
}

Result<const ConnectorEntry*> find_connector(const Pipeline& pipeline, const ConnectorRegistry& registry) {
  Result<const ConnectorEntry*> entry = registry.find(pipeline.connector);
  if (!entry) {
    return std::unexpected(placed(entry.error(), pipeline.connection_place));
  }
  return entry;
}

Status check_secrets_are_references(const ConnectorSpec& spec, const Pipeline& pipeline) {
  for (const OptionSpec& option : spec.connection_options) {
    const std::optional<std::string> value = pipeline.connection_options.find(option.name);
    if (option.secret && value && !has_secret_reference(*value)) {
      return std::unexpected(
          placed(Error::user(fmt::format("connection option {} holds a secret in plain text", option.name),
                             fmt::format("write \"{{{{secrets/{0}/{1}}}}}\" there, and put the value into the environment as {2} or into "
                                         "~/.config/lakeflow/secrets.yaml as  {0}: {{{1}: …}}",
                                         "connection", option.name, secret_variable("connection", option.name))),
                 place_of(pipeline.option_places, option.name, pipeline.connection_place)));
    }
  }
  return {};
}

// The connection's options without those whose value only the secrets know, for a check without them; an option that must be
// there and is a reference is there.
Status check_without_secrets(const ConnectorSpec& spec, const Pipeline& pipeline) {
  ConnectorSpec visible = spec;
  Options plain;
  for (const auto& [name, value] : pipeline.connection_options.values()) {
    const auto declared = std::ranges::find(visible.connection_options, name, &OptionSpec::name);
    if (has_secret_reference(value) && declared != visible.connection_options.end()) {
      declared->required = false;
    } else {
      plain.set(name, value);
    }
  }
  LAKEFLOW_TRY(check_placed(visible, &ConnectorSpec::check_connection_options, plain, pipeline.option_places, pipeline.connection_place));
  return check_secrets_are_references(spec, pipeline);
}

}  // namespace

Result<Pipeline> check_options(Pipeline pipeline, const ConnectorRegistry& registry) {
  LAKEFLOW_ASSIGN(const ConnectorEntry* const entry, find_connector(pipeline, registry));
  LAKEFLOW_TRY(check_without_secrets(entry->spec, pipeline));
  for (PipelineTable& table : pipeline.tables) {
    for (const auto& [name, value] : table.table_options.values()) {
      if (has_secret_reference(value)) {
        return std::unexpected(
            placed(Error::user(fmt::format("table option {} refers to a secret", name), "secrets belong into the options of the connection"),
                   place_of(table.option_places, name, table.place)));
      }
    }
    LAKEFLOW_ASSIGN(Options checked,
                    check_placed(entry->spec, &ConnectorSpec::check_table_options, table.table_options, table.option_places, table.place));
    resolve_paths(entry->spec.table_options, table.table_options, pipeline.folder, checked);
    table.table_options = std::move(checked);
  }
  return pipeline;
}

Result<Options> resolve_connection_options(const Pipeline& pipeline, const ConnectorRegistry& registry, const SecretStore& secrets) {
  LAKEFLOW_ASSIGN(const ConnectorEntry* const entry, find_connector(pipeline, registry));
  LAKEFLOW_TRY(check_without_secrets(entry->spec, pipeline));
  Options resolved;
  for (const auto& [name, value] : pipeline.connection_options.values()) {
    Result<std::string> text = secrets.resolve(value);
    if (!text) {
      return std::unexpected(placed(text.error(), place_of(pipeline.option_places, name, pipeline.connection_place)));
    }
    resolved.set(name, *std::move(text));
  }
  LAKEFLOW_ASSIGN(Options checked,
                  check_placed(entry->spec, &ConnectorSpec::check_connection_options, resolved, pipeline.option_places, pipeline.connection_place));
  resolve_paths(entry->spec.connection_options, resolved, pipeline.folder, checked);
  return checked;
}

Result<std::unique_ptr<LakeflowConnect>> open_connection(const Pipeline& pipeline, const ConnectorRegistry& registry, const SecretStore& secrets) {
  LAKEFLOW_ASSIGN(const ConnectorEntry* const entry, find_connector(pipeline, registry));
  LAKEFLOW_ASSIGN(const Options options, resolve_connection_options(pipeline, registry, secrets));
  auto connector = entry->make(options);
  if (!connector) {
    return std::unexpected(placed(connector.error(), pipeline.connection_place));
  }
  return connector;
}

}  // namespace lakeflow
