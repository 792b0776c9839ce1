#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lakeflow {

// The tables of a FHIR server: one for each of the 146 resource types that FHIR R4 has, under the type's name, in the alphabet's order.
std::vector<std::string> fhir_table_names();

// The table that one of the names means which this connector's tables had at first ("patients", "medications"); pipelines may go on using them.
std::optional<std::string> table_of_first_name(std::string_view name);

// The path to the column that names the patient whom a row is about, by FHIR's Patient compartment: "id" of Patient, "subject.reference",
// "participant.actor.reference". Empty where the type is about nobody.
std::string fhir_subject_field(std::string_view type);

}  // namespace lakeflow
