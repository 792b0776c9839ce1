#include "sources/healthcare/fhir/fhir_presets.h"

#include <algorithm>
#include <array>

namespace lakeflow {
namespace {

constexpr std::array kPresets = {
    FhirPreset{"hapi_public", "https://hapi.fhir.org/baseR4", 100, 2},
    FhirPreset{"smart_public", "https://r4.smarthealthit.org", 100, 2},
    FhirPreset{"firely_public", "https://server.fire.ly/r4", 100, 2},
};

}  // namespace

std::span<const FhirPreset> fhir_presets() { return kPresets; }

const FhirPreset* find_fhir_preset(std::string_view name) {
  const auto* const found = std::ranges::find(kPresets, name, &FhirPreset::name);
  return found == kPresets.end() ? nullptr : found;
}

}  // namespace lakeflow
