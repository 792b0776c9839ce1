#pragma once

#include <string>
#include <vector>

namespace lakeflow {

// One request that both were asked.
struct ComparedRequest {
  std::string endpoint;                       // "orders", "orders.deletes"
  std::string what;                           // "first page", "filter updated_since", "an unknown parameter"
  std::vector<std::string> differences = {};  // where the description is not like the live source; never a value
  std::string not_compared = {};              // why nothing, or not all, can be said of it; empty: all was compared
};

}  // namespace lakeflow
