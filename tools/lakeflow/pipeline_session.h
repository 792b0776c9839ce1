#pragma once

#include <memory>

#include "base/error.h"
#include "engine/pipeline/pipeline.h"
#include "sources/interface/lakeflow_connect.h"
#include "tools/lakeflow/command.h"

namespace lakeflow {

// --secrets, of the commands that reach the source.
Parameter secrets_parameter();

// The pipeline that the command names, with its options checked: what every command on a pipeline begins with.
Result<Pipeline> open_pipeline(const Arguments& arguments, const Session& session);

// Its source; secrets come from the environment and from --secrets or the user's file of secrets.
Result<std::unique_ptr<LakeflowConnect>> open_source(const Pipeline& pipeline, const Arguments& arguments, const Session& session);

// The options that the source is made of, and how: for a command that makes it again and again, with some of them changed.
struct SourceFactory {
  const ConnectorEntry* connector = nullptr;
  Options options;  // with the values of secrets in them
  Result<std::unique_ptr<LakeflowConnect>> make(const Options& changed) const;
};
Result<SourceFactory> source_factory(const Pipeline& pipeline, const Arguments& arguments, const Session& session);

// The pipeline's own entry for a source table; null where the pipeline has none.
const PipelineTable* find_table(const Pipeline& pipeline, std::string_view source_table);

}  // namespace lakeflow
