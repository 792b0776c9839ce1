#pragma once

#include <span>
#include <string_view>

namespace lakeflow {

// The 146 concrete resource types of FHIR R4 (4.0.1), in alphabetical order.
std::span<const std::string_view> fhir_resource_types();

bool is_fhir_resource_type(std::string_view name);

}  // namespace lakeflow
