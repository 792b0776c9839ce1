#pragma once

#include <string>
#include <string_view>

#include "destinations/interface/destination.h"

namespace lakeflow {

// The same for the same bytes from the same place that were rejected by the same tables for the same reason (QuarantinedRecord::id).
std::string quarantine_id(std::string_view pipeline, const QuarantinedRecord& record);

}  // namespace lakeflow
