#pragma once

#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "base/error.h"
#include "sources/healthcare/fhir/fhir_server.h"
#include "sources/healthcare/fhir/fhir_strategy.h"
#include "sources/interface/lakeflow_connect.h"

namespace lakeflow {

struct CheckedFhirTable {
  std::string type;
  FhirReadOptions reading;
};

// Tries a FHIR server: what /metadata says of its software and FHIR version; then for each table whether the server says that its type can be
// searched, and whether a search for one resource is answered with these credentials; and by which strategy the table is read, why, and what
// can't be seen by it. Two findings each; an error only where a stop was asked for.
Result<std::vector<CheckFinding>> check_fhir_server(FhirServer& server, std::span<const CheckedFhirTable> tables, const std::stop_token& stop);

}  // namespace lakeflow
