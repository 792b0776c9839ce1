#pragma once

#include <memory>

#include "base/error.h"
#include "destinations/interface/destination.h"
#include "engine/pipeline/pipeline.h"
#include "sources/interface/registry.h"

namespace lakeflow {

// What this program is made of: the one place where the connectors and the destinations that are built in come together.
// The faces (the command, Python) take them from here and know none by name.

ConnectorRegistry builtin_connectors();

// Opens the pipeline's destination. `read_only`: for looking, which others may do at the same time; a destination that is not
// there yet is then an error that says to run ingest first. A user error names the nearest kind where it is unknown.
Result<std::unique_ptr<Destination>> open_destination(const Pipeline& pipeline, bool read_only);

}  // namespace lakeflow
