#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>

#include "base/error.h"
#include "destinations/interface/destination.h"
#include "engine/pipeline/pipeline.h"
#include "engine/quarantine/quarantine_query.h"
#include "engine/state/table_state.h"

namespace lakeflow {

struct DropReport {
  std::uint64_t entries = 0;
  std::map<std::string, std::uint64_t> reasons;
};

struct DropRequest {
  const Pipeline* pipeline = nullptr;
  Destination* destination = nullptr;  // open for writing
  QuarantineFilter filter;
  ByHand by;
  // Asked when it is known what would go, and nothing has: an error ends it, and nothing was changed.
  std::function<Status(const DropReport&)> confirm;
};

// Takes entries out of quarantine, with their bytes, in one transaction; who did it, when and why is kept in _lakeflow.quarantine_changes, a line for
// each. What the source sends again is in quarantine again.
Result<DropReport> drop_from_quarantine(const DropRequest& request);

}  // namespace lakeflow
