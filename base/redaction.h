#pragma once

#include <string>
#include <string_view>

namespace lakeflow {

// A URL as it may stand in an error, a log or a row: without user, password, query and fragment, all of
// which can hold tokens or identifiers of patients, and with * for what follows /Patient/, a patient's id.
// "https://u:p@host/fhir/Patient?name=x" becomes "https://host/fhir/Patient".
std::string redact_url(std::string_view url);

}  // namespace lakeflow
