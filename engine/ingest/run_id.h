#pragma once

#include <string>

#include "base/clock.h"

namespace lakeflow {

// "20240501T123000.123456Z-9f3a61c2": later runs sort after earlier ones, and no two are the same.
std::string make_run_id(TimestampMicros started_at);

}  // namespace lakeflow
