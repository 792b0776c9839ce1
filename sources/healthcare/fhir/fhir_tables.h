#pragma once

#include <memory>

#include "base/error.h"
#include "base/options.h"
#include "sources/healthcare/table_family.h"

namespace lakeflow {

// The tables of a FHIR R4 server, one per resource type, each row a resource as the server last had it. Needs the
// connection option fhir_base_url; the options are those of connector_spec.yaml, already checked.
Result<std::unique_ptr<TableFamily>> make_fhir_tables(const Options& connection_options);

}  // namespace lakeflow
