#pragma once

#include <span>
#include <string>

#include "base/error.h"
#include "engine/pipeline/pipeline.h"
#include "tools/lakeflow/command.h"

namespace lakeflow {

// Options of a command that are settings of the pipeline's file too, under the same names with underscores.
Parameter setting_parameter(std::string name, std::string help, Parameter::Value value = Parameter::Value::kText);

// Puts those that were given into the pipeline's settings: the command line wins.
Status apply_settings(std::span<const Parameter> parameters, const Arguments& arguments, Pipeline& pipeline);

}  // namespace lakeflow
