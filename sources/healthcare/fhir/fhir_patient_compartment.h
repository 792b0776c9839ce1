#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace lakeflow {

// FHIR's Patient compartment (CompartmentDefinition-patient, R4): which types are about patients, and how one patient's resources are searched for.

// Patient itself is in it.
bool is_of_patient_compartment(std::string_view type);

// The search parameter that names the patient: "patient" wherever the type has it, else "subject", "actor" …; "_id" of Patient. Empty for types that
// are not in the compartment.
std::string_view patient_search_parameter(std::string_view type);

// "patient=12", "subject=Patient/12", "_id=12"; of a type of the compartment.
std::string patient_search(std::string_view type, std::string_view patient);

// Whether a resource of the type may name several patients, and so be found by the searches for each of them.
bool may_name_several_patients(std::string_view type);

// The ids of the patients among references with blanks between them ("Patient/12", "https://example.org/r4/Patient/12/_history/3"). Other references
// are left out.
std::vector<std::string> patients_of_references(std::string_view references);

}  // namespace lakeflow
