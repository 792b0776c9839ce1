#pragma once

#include <span>
#include <vector>

#include "base/error.h"
#include "sources/dicomweb/dicom_table.h"
#include "sources/dicomweb/dicomweb_server.h"
#include "sources/interface/lakeflow_connect.h"

namespace lakeflow {

// Tries a server: what it is; whether each table's search is answered, and in a character set that holds all names; how each table is kept up to
// date, and what can't be seen by that. An error only where a stop was asked for.
Result<std::vector<CheckFinding>> check_dicomweb_server(DicomwebServer& server, std::span<const DicomTable> tables, const std::stop_token& stop);

}  // namespace lakeflow
