#pragma once

#include <memory>
#include <string>

#include "base/error.h"
#include "destinations/interface/destination.h"
#include "engine/pipeline/pipeline.h"
#include "sources/interface/registry.h"

namespace lakeflow {

// What this program is made of: the one place where the connectors and the destinations that are built in come together.
// The faces (the command, Python) take them from here and know none by name.

ConnectorRegistry builtin_connectors();

// A user error that names the nearest kind where the pipeline's kind of destination is unknown. Touches nothing.
Status check_destination_kind(const Pipeline& pipeline);

// Why the pipeline's destination, of a known kind, can't execute this plan: a user error. Touches nothing.
Status check_plan(const Pipeline& pipeline, const ApplyPlan& plan);

// Opens the pipeline's destination. `read_only`: for looking, which others may do at the same time; a destination that is not
// there yet is then an error that says to run ingest first. A destination that a run holds is read through that run
// (destinations/socket): it is then a RunningProcess too.
Result<std::unique_ptr<Destination>> open_destination(const Pipeline& pipeline, bool read_only);

// The folder that a process which holds the pipeline's destination has for itself: where its socket is.
std::string working_folder(const Pipeline& pipeline);

// Puts a backup (Destination::backup) in the place of the pipeline's destination, of which what was there is kept beside it. Nobody may have it
// open.
Status restore_destination(const Pipeline& pipeline, const std::string& backup);

}  // namespace lakeflow
