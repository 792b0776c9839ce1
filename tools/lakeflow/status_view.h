#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "base/clock.h"
#include "engine/monitor/process_snapshot.h"
#include "tools/lakeflow/recorded_state.h"

namespace lakeflow {

// Everything that `status` knows at one moment: what the destination has recorded, and what the process that holds it, if one does,
// says of itself.
struct StatusView {
  std::string pipeline;
  std::string destination;
  PipelineStatus recorded;
  std::optional<ProcessSnapshot> process;
  TimestampMicros now = 0;
};

// For people; tables are cut to the width, if it is not 0.
std::string status_text(const StatusView& view, std::size_t width);

// One JSON object.
std::string status_json(const StatusView& view);

}  // namespace lakeflow
