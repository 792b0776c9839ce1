#pragma once

#include <span>
#include <string_view>

namespace lakeflow::fhir {

// An element of a FHIR R4 type. A choice element (value[x]) is here once per type that it may have.
struct ElementDefinition {
  std::string_view name;  // as in JSON: "birthDate", "valueQuantity"
  // A primitive type ("code"), a complex one ("HumanName"), a backbone element's path ("Patient.contact"; also what a content
  // reference means), "Resource", or "System.String" for what is a bare string and can have no extension (an id).
  std::string_view type;
  bool repeats = false;
  std::string_view description;  // the definition's own short text
  std::string_view choice;       // of a choice element its name in the definition ("value"), else empty
};

// A search parameter by which FHIR's Patient compartment has a resource type, and an element, a Reference, that it looks at.
struct PatientParameter {
  std::string_view name;  // "patient", "subject", "actor"
  std::string_view path;  // "subject", "participant.actor"
};

// A resource type, a complex data type or a backbone element.
struct TypeDefinition {
  std::string_view name;
  bool is_resource = false;
  std::span<const ElementDefinition> elements;  // in the order of the definition
  // Of a resource type: the path of the element, a Reference, that names the patient whom a resource is about, by FHIR's Patient
  // compartment ("subject", "participant.actor"). Empty where it is about nobody, and of Patient.
  std::string_view patient;
  // Of a resource type of the compartment, but for Patient: what its resources of one patient are searched by. The first is the one to
  // search with (patient, wherever the type has it); one with several elements stands here once for each.
  std::span<const PatientParameter> patient_parameters;
};

// All of them, sorted by name. Made at build time from the StructureDefinitions of FHIR R4 (generate_definitions.py).
std::span<const TypeDefinition> type_definitions();

// Null where there is none of the name; primitive types are none.
const TypeDefinition* find_type(std::string_view name);

}  // namespace lakeflow::fhir
