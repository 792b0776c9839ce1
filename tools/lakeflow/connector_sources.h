#pragma once

#include <filesystem>
#include <vector>

#include "base/error.h"
#include "base/options.h"
#include "sources/interface/registry.h"
#include "tools/lakeflow/command.h"

namespace lakeflow {

// What `docs` and `review` look at: a connector that this program has, with the folder of its source code.

// CONNECTOR, --folder and --set.
std::vector<Parameter> connector_sources_parameters();

// The folder that --folder names; else ./, ./NAME or ./sources/NAME, where its connector_spec.yaml lies. A user error where there is none, where
// it is another connector's, and where that file is not the one which this program was built with.
Result<std::filesystem::path> connector_folder(const Arguments& arguments, const ConnectorEntry& connector);

// The connector with the options that its spec has for documentation, which --set NAME=VALUE adds to and replaces.
Result<Options> documentation_options(const Arguments& arguments, const ConnectorEntry& connector);

// The text of a file; a user error where it can't be read.
Result<std::string> read_text_file(const std::filesystem::path& file);

}  // namespace lakeflow
