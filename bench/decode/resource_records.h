#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "base/error.h"
#include "sources/interface/raw_records.h"

namespace lakeflow {

// The resources of one type, as NDJSON in memory: those of the file <folder>/<type>.ndjson, or without a folder the
// official examples; repeated or cut to about `bytes`, in batches of `batch_rows` as a reader would give them.
Result<std::vector<RawRecords>> resource_records(const std::string& type, const std::string& folder, std::size_t bytes, std::size_t batch_rows);

}  // namespace lakeflow
