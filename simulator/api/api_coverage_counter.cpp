#include "simulator/api/api_coverage_counter.h"

#include <algorithm>

#include <fmt/format.h>

namespace lakeflow {

namespace {

constexpr std::size_t kMostReasons = 100;

}  // namespace

ApiCoverageCounter::ApiCoverageCounter(const ApiDescription& description) {
  for (const ApiEndpoint& endpoint : description.endpoints) {
    offer_listing(endpoint.name, endpoint.listing);
    if (!endpoint.record_path.empty()) {
      offer(endpoint.name, "single record");
    }
    if (endpoint.deletes) {
      offer_listing(endpoint.name + ".deletes", endpoint.deletes->listing);
    }
  }
  if (description.access.by == ApiAccess::By::kOauth2) {
    offer("", "token");
    offer("", "token after one had ended");
  }
  if (description.access.by != ApiAccess::By::kNobodyIsAsked) {
    offer("", "refused at the door (401)");
  }
  if (description.rate_limit.requests > 0) {
    offer("", "over the rate limit (429)");
  }
}

void ApiCoverageCounter::offer(const std::string& endpoint, std::string what) { items_.push_back({.endpoint = endpoint, .what = std::move(what)}); }

void ApiCoverageCounter::offer_listing(const std::string& endpoint, const Listing& listing) {
  offer(endpoint, kFirstPage);
  if (listing.paging.by != PagingRole::By::kNothing) {
    offer(endpoint, kFurtherPage);
    offer(endpoint, kLastPage);
  }
  for (const FilterRole& filter : listing.filters) {
    offer(endpoint, "filter " + filter.parameter);
  }
  for (const SortField& field : listing.sort.fields) {
    offer(endpoint, "sort by " + field.name);
    offer(endpoint, "sort by " + field.name + ", descending");
  }
  if (!listing.paging.size_parameter.empty()) {
    offer(endpoint, "size of pages " + listing.paging.size_parameter);
  }
  for (const std::string& parameter : listing.ignored) {
    offer(endpoint, "parameter " + parameter);
  }
}

void ApiCoverageCounter::count(const std::string& endpoint, const std::string& what) {
  const std::scoped_lock lock(mutex_);
  const auto found = std::ranges::find_if(items_, [&](const ApiCoverage::Item& item) { return item.endpoint == endpoint && item.what == what; });
  if (found != items_.end()) {
    ++found->count;
  }
}

void ApiCoverageCounter::count_refusal(const std::string& endpoint, int status, const std::string& reason) {
  const std::string what = fmt::format("{}: {}", status, reason);
  const std::scoped_lock lock(mutex_);
  const auto found = std::ranges::find_if(refused_, [&](const ApiCoverage::Item& item) { return item.endpoint == endpoint && item.what == what; });
  if (found != refused_.end()) {
    ++found->count;
  } else if (refused_.size() < kMostReasons) {
    refused_.push_back({.endpoint = endpoint, .what = what, .count = 1});
  }
}

ApiCoverage ApiCoverageCounter::report(const std::vector<FaultPlan::Count>& faults) const {
  const std::scoped_lock lock(mutex_);
  ApiCoverage report{.items = items_, .refused = refused_};
  for (const FaultPlan::Count& fault : faults) {
    report.items.push_back({.endpoint = "", .what = "fault " + fault.fault, .count = fault.strikes});
  }
  return report;
}

}  // namespace lakeflow
