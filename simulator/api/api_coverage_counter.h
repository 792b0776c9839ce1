#pragma once

#include <mutex>
#include <string>
#include <vector>

#include "simulator/api/api_coverage.h"
#include "simulator/api/api_description.h"
#include "simulator/faults/fault_plan.h"

namespace lakeflow {

// Counts what is asked for. Thread-safe.
class ApiCoverageCounter {
 public:
  // Everything that the description offers stands at nought.
  explicit ApiCoverageCounter(const ApiDescription& description);

  // Counts one more of what is offered; what is not is none of its business.
  void count(const std::string& endpoint, const std::string& what);

  // Counts one more of what was refused for this reason; of many reasons only the first ones.
  void count_refusal(const std::string& endpoint, int status, const std::string& reason);

  // With what became of the faults.
  ApiCoverage report(const std::vector<FaultPlan::Count>& faults) const;

 private:
  void offer(const std::string& endpoint, std::string what);
  void offer_listing(const std::string& endpoint, const Listing& listing);

  mutable std::mutex mutex_;
  std::vector<ApiCoverage::Item> items_;
  std::vector<ApiCoverage::Item> refused_;
};

// The words for what a listing offers.
inline constexpr const char* kFirstPage = "first page";
inline constexpr const char* kFurtherPage = "page 2 and on";
inline constexpr const char* kLastPage = "last page";

}  // namespace lakeflow
