#pragma once

#include <stop_token>
#include <string_view>

#include "base/error.h"
#include "sources/healthcare/fhir/fhir_server.h"

namespace lakeflow {

// The error of a first search for all resources of a type, which the server has just refused. Where it is a server that answers for a named patient
// alone (it is asked), a user error that says so and what to do; else the error as it is.
Error explain_refusal(FhirServer& server, std::string_view type, Error error, const std::stop_token& stop);

}  // namespace lakeflow
