#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace lakeflow {

// Whether a search parameter is one of those that this server takes from the definitions: the name of an element of the type itself that is
// coded, a boolean, an identifier or a reference ("status", "category", "subject"), or one by which the Patient compartment has the type.
bool is_searched_element(std::string_view type, std::string_view name);

// Whether it is of the latter ones ("patient" of an Observation, "actor" of an Appointment).
bool is_patient_parameter(std::string_view type, std::string_view name);

// Whether the resource has one of the values where the parameter looks ("final", "http://loinc.org|718-7", "Patient/1"; commas between them). A
// patient's id alone will do for `patient`.
bool element_has_value(std::string_view type, std::string_view resource, std::string_view name, std::string_view values);

// The resource with resourceType, id, meta and the members of these names alone ("value" keeps valueQuantity), and the tag SUBSETTED in meta
// (FHIR R4 §3.1.1.1.8): other values stand as they stood.
std::string subset_resource(std::string_view resource, const std::vector<std::string>& names);

}  // namespace lakeflow
