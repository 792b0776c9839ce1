#pragma once

#include <memory>

#include "base/error.h"
#include "engine/pipeline/pipeline.h"
#include "libs/secrets/secret_store.h"
#include "sources/interface/lakeflow_connect.h"
#include "sources/interface/registry.h"

namespace lakeflow {

// Checks what only the connector's spec can tell, without network and secrets: that the connector exists, the options of
// the connection and of every table. Errors name the option's line. The pipeline that comes back is what the engine runs:
// its table options have their defaults and their paths resolved against the pipeline's file. Call it once after load_pipeline.
Result<Pipeline> check_options(Pipeline pipeline, const ConnectorRegistry& registry);

// Makes the connector: resolves {{secrets/scope/key}} in the connection's options, checks them against the spec, fills in
// defaults, resolves relative paths (OptionType::kPath) against the pipeline's file. An option that the spec calls secret and
// that stands in the file in plain text is refused: files are shared and committed, secrets are not.
Result<std::unique_ptr<LakeflowConnect>> open_connection(const Pipeline& pipeline, const ConnectorRegistry& registry, const SecretStore& secrets);

// The options that open_connection gives to the connector: with the values of secrets in them, for whoever looks whether those are kept.
Result<Options> resolve_connection_options(const Pipeline& pipeline, const ConnectorRegistry& registry, const SecretStore& secrets);

}  // namespace lakeflow
