#pragma once

#include <string_view>

#include <nlohmann/json.hpp>

#include "simulator/api/api_description.h"

namespace lakeflow {

// A record of an endpoint that is like another one but for its key, which belongs to the name, and for the first of its other members that is a text
// or a number, which differs by the revision. A key that is a number there is one here, far beyond those of records that were generated.
nlohmann::ordered_json record_like(const nlohmann::ordered_json& other, const ApiEndpoint& endpoint, std::string_view name, int revision);

}  // namespace lakeflow
