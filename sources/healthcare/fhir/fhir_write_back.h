#pragma once

#include <string>
#include <string_view>

#include "base/error.h"
#include "sources/healthcare/fhir/fhir_server.h"
#include "sources/interface/lakeflow_connect.h"
#include "sources/interface/write_back.h"

namespace lakeflow {

// Resources that a test writes: of the type, with the name as their id, and the revision in their narrative alone, so that they say nothing of
// anybody. Which server takes them is its affair: the type's required elements are not there.

// A user error where the table is not of all resources of the type, or those have no narrative.
Result<WritableTable> writable_fhir_table(const TableRequest& table, const Options& connection_options);

// PUT (FHIR R4 §3.1.0.4), which makes what is not there on servers that let clients choose ids.
Result<std::string> put_fhir_resource(FhirServer& server, std::string_view type, std::string_view name, int revision, const std::stop_token& stop);
Status delete_fhir_resource(FhirServer& server, std::string_view type, std::string_view name, const std::stop_token& stop);

}  // namespace lakeflow
