#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

namespace lakeflow {

// The official examples of a type, in the order of their files (HL7's npm package, in .deps/fhir).
std::vector<nlohmann::json> example_resources(std::string_view type);

// A transaction that updates or creates all of these; their order is kept.
std::string transaction_of(const std::vector<nlohmann::json>& resources);

}  // namespace lakeflow
