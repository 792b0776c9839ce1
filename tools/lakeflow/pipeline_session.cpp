#include "tools/lakeflow/pipeline_session.h"

#include <algorithm>

#include "engine/pipeline/connection.h"
#include "libs/secrets/secret_store.h"

namespace lakeflow {

Parameter secrets_parameter() {
  return {
      .name = "secrets", .help = "File of secrets, readable by you alone; default ~/.config/lakeflow/secrets.yaml", .value = Parameter::Value::kFile};
}

Result<Pipeline> open_pipeline(const Arguments& arguments, const Session& session) {
  LAKEFLOW_ASSIGN(Pipeline pipeline, load_pipeline(arguments.text("pipeline")));
  return check_options(std::move(pipeline), session.connectors);
}

namespace {

SecretStore secrets_of(const Arguments& arguments) {
  const std::optional<std::string> file = arguments.find("secrets");
  return file ? SecretStore(std::filesystem::path(*file)) : SecretStore();
}

}  // namespace

Result<std::unique_ptr<LakeflowConnect>> open_source(const Pipeline& pipeline, const Arguments& arguments, const Session& session) {
  return open_connection(pipeline, session.connectors, secrets_of(arguments));
}

Result<SourceFactory> source_factory(const Pipeline& pipeline, const Arguments& arguments, const Session& session) {
  SourceFactory factory;
  LAKEFLOW_ASSIGN(factory.options, resolve_connection_options(pipeline, session.connectors, secrets_of(arguments)));
  LAKEFLOW_ASSIGN(factory.connector, session.connectors.find(pipeline.connector));
  return factory;
}

Result<std::unique_ptr<LakeflowConnect>> SourceFactory::make(const Options& changed) const {
  Options all = options;
  for (const auto& [name, value] : changed.values()) {
    all.set(name, value);
  }
  return connector->make(all);
}

const PipelineTable* find_table(const Pipeline& pipeline, std::string_view source_table) {
  const auto found = std::ranges::find(pipeline.tables, source_table, &PipelineTable::source_table);
  return found == pipeline.tables.end() ? nullptr : &*found;
}

}  // namespace lakeflow
