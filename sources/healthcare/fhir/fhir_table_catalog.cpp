#include "sources/healthcare/fhir/fhir_table_catalog.h"

#include <array>

#include "libs/fhir/definitions.h"

namespace lakeflow {
namespace {

struct FirstName {
  std::string_view name;
  std::string_view type;
};

constexpr std::array kFirstNames = {
    FirstName{"patients", "Patient"},     FirstName{"encounters", "Encounter"},          FirstName{"observations", "Observation"},
    FirstName{"conditions", "Condition"}, FirstName{"medications", "MedicationRequest"},
};

}  // namespace

std::vector<std::string> fhir_table_names() {
  std::vector<std::string> names;
  for (const fhir::TypeDefinition& type : fhir::type_definitions()) {
    if (type.is_resource) {
      names.emplace_back(type.name);
    }
  }
  return names;
}

std::optional<std::string> table_of_first_name(std::string_view name) {
  for (const FirstName& first : kFirstNames) {
    if (first.name == name) {
      return std::string(first.type);
    }
  }
  return std::nullopt;
}

std::string fhir_subject_field(std::string_view type) {
  if (type == "Patient") {
    return "id";
  }
  const fhir::TypeDefinition* definition = fhir::find_type(type);
  return definition == nullptr || definition->patient.empty() ? std::string() : std::string(definition->patient) + ".reference";
}

}  // namespace lakeflow
