#include "tools/lakeflow/command.h"

#include "base/options.h"

namespace lakeflow {

std::optional<std::string> Arguments::find(std::string_view name) const {
  const auto found = values_.find(name);
  return found == values_.end() || found->second.empty() ? std::nullopt : std::optional(found->second.front());
}

std::vector<std::string> Arguments::list(std::string_view name) const {
  const auto found = values_.find(name);
  return found == values_.end() ? std::vector<std::string>() : found->second;
}

std::int64_t Arguments::count(std::string_view name) const { return parse_integer(text(name)).value_or(0); }

Parameter pipeline_parameter() {
  return {.name = "pipeline",
          .help = "The pipeline's file (YAML or JSON)",
          .form = Parameter::Form::kPositional,
          .value = Parameter::Value::kFile,
          .required = true};
}

}  // namespace lakeflow
