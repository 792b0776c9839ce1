#pragma once

#include <string_view>

#include "base/error.h"
#include "engine/pipeline/pipeline.h"
#include "engine/pipeline/yaml_section.h"

namespace lakeflow {

// Reads the mapping `settings`; paths stay as written.
Result<PipelineSettings> parse_settings(const YAML::Node& node, std::string_view file_name);

}  // namespace lakeflow
