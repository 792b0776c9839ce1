#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "simulator/fhir/operation_outcome.h"

namespace lakeflow {

// One entry of a Bundle that someone sent.
struct BundleEntry {
  std::string full_url;
  std::string resource;  // its text as it came; empty where there is none
  std::string method;    // of request
  std::string url;
  std::string if_match;
  bool conditional = false;  // request.ifNoneExist and its like, which this server does not know
};

struct BundleEntries {
  std::string type;
  std::vector<BundleEntry> entries;
};

// Refuses with 400 what is no Bundle.
Granted<BundleEntries> read_bundle_entries(std::string_view json);

}  // namespace lakeflow
