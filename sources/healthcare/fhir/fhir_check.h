#pragma once

#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "base/error.h"
#include "sources/healthcare/fhir/fhir_server.h"
#include "sources/interface/lakeflow_connect.h"

namespace lakeflow {

// Tries a FHIR server: what /metadata says of its software and FHIR version; then for each resource type whether it says that it can be
// searched, and whether a search for one resource is answered with these credentials. A finding each; an error only where a stop was asked for.
Result<std::vector<CheckFinding>> check_fhir_server(FhirServer& server, std::span<const std::string> resource_types, const std::stop_token& stop);

}  // namespace lakeflow
