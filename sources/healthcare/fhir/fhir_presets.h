#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace lakeflow {

// What is known of a public test server. None of it could be tried where this was written: addresses and manners are their makers' to change.
struct FhirPreset {
  std::string_view name;
  std::string_view base_url;
  std::int64_t page_size = 0;
  double requests_per_second = 0;
};

std::span<const FhirPreset> fhir_presets();

// Null where there is none of this name.
const FhirPreset* find_fhir_preset(std::string_view name);

}  // namespace lakeflow
