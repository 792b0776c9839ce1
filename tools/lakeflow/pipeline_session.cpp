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

Result<std::unique_ptr<LakeflowConnect>> open_source(const Pipeline& pipeline, const Arguments& arguments, const Session& session) {
  const std::optional<std::string> file = arguments.find("secrets");
  return open_connection(pipeline, session.connectors, file ? SecretStore(std::filesystem::path(*file)) : SecretStore());
}

const PipelineTable* find_table(const Pipeline& pipeline, std::string_view source_table) {
  const auto found = std::ranges::find(pipeline.tables, source_table, &PipelineTable::source_table);
  return found == pipeline.tables.end() ? nullptr : &*found;
}

}  // namespace lakeflow
