#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace lakeflow {

// What a source offers, and how often it was asked for: what was never asked for is what a test of a connector did not see.
struct ApiCoverage {
  struct Item {
    std::string endpoint;  // "orders", "orders.deletes"; empty: of the whole source
    std::string what;      // "filter updated_since", "page 2 and on", "fault status=503:1"
    std::uint64_t count = 0;
  };
  std::vector<Item> items;
  std::vector<Item> refused = {};  // what it refused, and why: "400: unknown parameter sine: did you mean since?"; no value of a parameter

  // For people: a line for each item, those never asked for marked.
  std::string text() const;
  // {"asked": 5, "never_asked": 2, "endpoints": {"orders": {"filter updated_since": 3, …}}, "source": {…},
  //  "refused": [{"endpoint": "orders", "reason": "400: unknown parameter sine: did you mean since?", "count": 1}]}
  std::string json() const;
};

}  // namespace lakeflow
