#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

#include "base/error.h"
#include "sources/interface/raw_records.h"

namespace lakeflow::bench {

struct ResourceInput {
  std::filesystem::path folder;  // of NDJSON files, one per resource type, as Synthea's bulk export writes them
  std::string type;
  std::size_t bytes = 0;   // about
  int version = 1;         // a later one has the same ids, and later times of change
  std::size_t one_in = 1;  // of so many resources only the first
};

// Resources of one type as a server would send them, in batches as the engine cuts them for decoding. The file is repeated as
// often as the size wants; each resource gets an id of its own and meta with its version and time of change, which Synthea leaves to the server.
Result<std::vector<RawRecords>> resource_records(const ResourceInput& input);

}  // namespace lakeflow::bench
