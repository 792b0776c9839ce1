#pragma once

#include <string>
#include <string_view>

#include "base/clock.h"

namespace lakeflow {

// What GET /metadata says: every R4 type, with the interactions and search parameters that this server has.
std::string capability_statement(std::string_view base_url, TimestampMicros now);

}  // namespace lakeflow
