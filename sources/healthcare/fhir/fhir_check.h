#pragma once

#include <cstdint>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/logging.h"
#include "sources/healthcare/fhir/fhir_patient_source.h"
#include "sources/healthcare/fhir/fhir_server.h"
#include "sources/healthcare/fhir/fhir_strategy.h"
#include "sources/interface/lakeflow_connect.h"

namespace lakeflow {

struct CheckedFhirTable {
  std::string type;
  FhirReadOptions reading;
  FhirPatientSource patients = {};  // where the table is read by patient
};

// Tries a FHIR server: what /metadata says of its software and FHIR version; then for each table whether the server says that its type can be
// searched, and whether a search for one resource is answered with these credentials; and by which strategy the table is read, why, and what
// can't be seen by it. Two findings each. Of a table that is read by patient, too, how many patients there are, and whether a search for one of them
// is answered. An error only where a stop was asked for.
Result<std::vector<CheckFinding>> check_fhir_server(FhirServer& server, std::span<const CheckedFhirTable> tables, std::int64_t page_size, Logger& log,
                                                    const std::stop_token& stop);

}  // namespace lakeflow
