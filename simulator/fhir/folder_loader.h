#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "base/error.h"
#include "simulator/fhir/resource_store.h"

namespace lakeflow {

// What a folder holds, as the writes of requests that might have brought it: each inner vector is one request.
struct FolderContents {
  std::vector<std::vector<ResourceWrite>> requests;
  std::uint64_t resources = 0;
  std::uint64_t skipped = 0;  // files, lines and entries that are no resource with an id
};

// Reads the *.json and *.ndjson in the folder and below, as FhirSimulatorOptions::folder says. A user error where the folder
// or a file in it can't be read.
Result<FolderContents> load_folder(const std::filesystem::path& folder);

}  // namespace lakeflow
