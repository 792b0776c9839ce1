#pragma once

#include <string>

#include "base/error.h"
#include "libs/yaml/yaml_section.h"

namespace lakeflow {

// The text that an option gets: a scalar as written (an unquoted True or FALSE as true or false), a list or a mapping as
// JSON. Errors: null, and what is deeper or larger than an option can sensibly be (aliases can make a small file enormous).
Result<std::string> option_text(const YAML::Node& node, const YamlPlace& place);

}  // namespace lakeflow
