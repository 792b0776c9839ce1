#pragma once

#include <filesystem>
#include <string_view>

#include "base/error.h"
#include "engine/pipeline/pipeline.h"

namespace lakeflow {

// Reads a connector's `configs/dev_config.json` (design document §6.4) as a pipeline without a destination: the options of a connection, by name, and
// under `tables` the tables that are tried, as a list of names or as an object from name to the table's options:
//
//   {"fhir_base_url": "http://127.0.0.1:8080/fhir", "tables": {"Patient": {"schema_depth": 2}, "Observation": {}}}
//
// Every error is a user error that begins with file:line:column. What stands in it is checked by check_options (connection.h), as is a pipeline's.
Result<Pipeline> load_dev_config(std::string_view connector, const std::filesystem::path& file);

}  // namespace lakeflow
