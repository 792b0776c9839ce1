#pragma once

#include <stop_token>

#include "base/clock.h"

namespace lakeflow {

// Waits for so many microseconds, or until a stop is asked for.
void wait_for(std::stop_token stop, TimestampMicros time);

}  // namespace lakeflow
