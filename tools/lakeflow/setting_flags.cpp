#include "tools/lakeflow/setting_flags.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "engine/pipeline/settings.h"

namespace lakeflow {

Parameter setting_parameter(std::string name, std::string help, Parameter::Value value) {
  return {.name = std::move(name), .help = std::move(help), .value = value};
}

Status apply_settings(std::span<const Parameter> parameters, const Arguments& arguments, Pipeline& pipeline) {
  for (const Parameter& parameter : parameters) {
    if (const std::optional<std::string> value = arguments.find(parameter.name)) {
      std::string key = parameter.name;
      std::ranges::replace(key, '-', '_');
      if (const Status set = set_setting(pipeline.settings, key, *value); !set) {
        return std::unexpected(Error::user(fmt::format("--{}: {}", parameter.name, set.error().message())));
      }
    }
  }
  return {};
}

}  // namespace lakeflow
