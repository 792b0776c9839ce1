#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace lakeflow {

// What GET /metadata says: every R4 type, with the interactions and search parameters that this server has.
// `has_history` says of which types history-type is declared.
std::string capability_statement(std::string_view base_url, TimestampMicros now, const std::function<bool(std::string_view)>& has_history);

}  // namespace lakeflow
