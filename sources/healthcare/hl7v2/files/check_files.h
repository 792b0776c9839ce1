#pragma once

#include <stop_token>
#include <vector>

#include "base/error.h"
#include "libs/files/file_store.h"
#include "sources/healthcare/hl7v2/hl7v2_options.h"
#include "sources/interface/lakeflow_connect.h"

namespace lakeflow::hl7v2 {

// Tries a store of HL7 v2 files: whether it can be listed and how many files match; then whether the newest of them can be opened and begins
// with a message, or at which byte what is wrong with it. A finding each; an error only where a stop was asked for.
Result<std::vector<CheckFinding>> check_files(const Hl7Options& options, const FileStore& store, const std::stop_token& stop);

}  // namespace lakeflow::hl7v2
