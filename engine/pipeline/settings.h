#pragma once

#include <optional>
#include <string_view>

#include "base/error.h"
#include "engine/pipeline/pipeline.h"
#include "libs/yaml/yaml_section.h"

namespace lakeflow {

// evolve, freeze, discard; nothing for another text.
std::optional<SchemaContract> parse_schema_contract(std::string_view text);

// Reads the mapping `settings`; paths stay as written.
Result<PipelineSettings> parse_settings(const YAML::Node& node, std::string_view file_name);

// Reads one setting from a text, as the file would have it: for faces that take settings as arguments too. A user error
// "<key> must be …"; paths stay as written.
Status set_setting(PipelineSettings& settings, std::string_view key, const std::string& text);

}  // namespace lakeflow
