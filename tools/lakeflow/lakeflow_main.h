#pragma once

#include <vector>

#include "sources/interface/registry.h"

namespace lakeflow {

// The command `lakeflow`, as main() calls it: all commands, with the connectors that are built in and these further ones. Returns the exit code.
// Called once, from main(); it decides about the process's signals. A further connector that has the name of another one is a user error.
int lakeflow_main(int argc, const char* const* argv, std::vector<ConnectorEntry> further = {});

}  // namespace lakeflow
