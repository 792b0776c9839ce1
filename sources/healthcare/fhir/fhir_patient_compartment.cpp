#include "sources/healthcare/fhir/fhir_patient_compartment.h"

#include <algorithm>
#include <span>

#include <fmt/format.h>

#include "libs/fhir/definitions.h"
#include "libs/http/url.h"

namespace lakeflow {
namespace {

std::span<const fhir::PatientParameter> parameters_of(std::string_view type) {
  const fhir::TypeDefinition* definition = fhir::find_type(type);
  return definition == nullptr ? std::span<const fhir::PatientParameter>() : definition->patient_parameters;
}

// Whether an element on the path is a list.
bool repeats(std::string_view type, std::string_view path) {
  const fhir::TypeDefinition* definition = fhir::find_type(type);
  while (definition != nullptr && !path.empty()) {
    const std::size_t dot = std::min(path.find('.'), path.size());
    const auto element = std::ranges::find(definition->elements, path.substr(0, dot), &fhir::ElementDefinition::name);
    if (element == definition->elements.end()) {
      return false;
    }
    if (element->repeats) {
      return true;
    }
    definition = fhir::find_type(element->type);
    path.remove_prefix(std::min(dot + 1, path.size()));
  }
  return false;
}

}  // namespace

std::string_view patient_search_parameter(std::string_view type) {
  if (type == "Patient") {
    return "_id";
  }
  const std::span<const fhir::PatientParameter> parameters = parameters_of(type);
  return parameters.empty() ? std::string_view() : parameters.front().name;
}

bool is_of_patient_compartment(std::string_view type) { return !patient_search_parameter(type).empty(); }

std::string patient_search(std::string_view type, std::string_view patient) {
  const std::string_view parameter = patient_search_parameter(type);
  // An id alone is what servers know for the parameters that can only mean a patient.
  const bool is_plain = parameter == "patient" || parameter == "_id";
  return fmt::format("{}={}{}", parameter, is_plain ? "" : "Patient/", percent_encode(patient));
}

bool may_name_several_patients(std::string_view type) {
  const std::string_view parameter = patient_search_parameter(type);
  std::size_t paths = 0;
  bool any_repeats = false;
  for (const fhir::PatientParameter& each : parameters_of(type)) {
    if (each.name == parameter) {
      ++paths;
      any_repeats = any_repeats || repeats(type, each.path);
    }
  }
  return paths > 1 || any_repeats;
}

std::vector<std::string> patients_of_references(std::string_view references) {
  constexpr std::string_view kType = "Patient/";
  std::vector<std::string> patients;
  while (!references.empty()) {
    const std::size_t blank = std::min(references.find(' '), references.size());
    const std::string_view reference = references.substr(0, blank);
    references.remove_prefix(std::min(blank + 1, references.size()));
    const std::size_t at = reference.starts_with(kType) ? 0 : reference.rfind("/Patient/");
    if (at == std::string_view::npos) {
      continue;
    }
    const std::string_view id = reference.substr(reference.find(kType, at) + kType.size());
    patients.emplace_back(id.substr(0, id.find('/')));
  }
  return patients;
}

}  // namespace lakeflow
