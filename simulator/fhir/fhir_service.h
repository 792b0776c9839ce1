#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "simulator/faults/fault_plan.h"
#include "simulator/fhir/bundle_entries.h"
#include "simulator/fhir/operation_outcome.h"
#include "simulator/fhir/resource_store.h"
#include "simulator/fhir/search_query.h"
#include "simulator/http/kept_pages.h"
#include "simulator/http/server_clock.h"

namespace lakeflow {

// A request of the FHIR REST API, free of HTTP's details.
struct FhirRequest {
  std::string method;                 // GET, POST, PUT, DELETE
  std::vector<std::string> segments;  // of the path behind the base: {"Patient", "1"}
  QueryParameters parameters;
  std::string body;
  std::string base_url;  // as this client knows the server, for links
  std::string if_match;
  std::string if_none_match;
  bool strict = false;  // Prefer: handling=strict
};

// What a request is about, as faults are limited to it: the resource type; "metadata", "_history"; "transaction" for a Bundle.
std::string_view subject_of(const FhirRequest& request);

// The interactions of a FHIR server (FHIR R4 §3.1.0) over one store. Thread-safe.
class FhirService {
 public:
  // Faults and stop outlive the service; what waits ends when a stop is asked for.
  FhirService(FaultPlan& faults, std::stop_token stop, std::uint64_t seed, std::size_t default_page_size, std::size_t maximum_page_size);

  FhirAnswer answer(const FhirRequest& request);

  // Writes what the server began with; times that the writes have are kept, the others are this one.
  void load(std::vector<ResourceWrite> writes, TimestampMicros time);

  ServerClock& clock() { return clock_; }
  const ResourceStore& store() const { return store_; }

 private:
  // A search as it was answered first: its pages are cut from this.
  struct StoredSearch {
    SearchQuery query;
    std::vector<const ResourceVersion*> results;
    std::size_t page_size = 0;
  };
  struct SearchPage {
    std::shared_ptr<const StoredSearch> search;
    PageToken token = {};  // its list is empty where the search has one page
  };

  Granted<FhirAnswer> dispatch(const FhirRequest& request);
  Granted<FhirAnswer> dispatch_type(const FhirRequest& request);
  Granted<FhirAnswer> dispatch_resource(const FhirRequest& request);

  Granted<FhirAnswer> read(const FhirRequest& request);
  Granted<FhirAnswer> read_version(const FhirRequest& request);
  Granted<FhirAnswer> create(const FhirRequest& request);
  Granted<FhirAnswer> update(const FhirRequest& request);
  Granted<FhirAnswer> remove(const FhirRequest& request);
  Granted<FhirAnswer> write_one(ResourceWrite write);

  Granted<FhirAnswer> search(const FhirRequest& request);
  bool wants_a_patient(const FhirRequest& request);
  Granted<FhirAnswer> history(const FhirRequest& request, std::string_view type, std::string_view id);
  Granted<FhirAnswer> page(const FhirRequest& request, std::string_view token);
  FhirAnswer first_page(const FhirRequest& request, SearchQuery query);
  FhirAnswer render(const FhirRequest& request, const SearchPage& page);
  bool leaves_total_out(const SearchQuery& query, std::string_view subject);
  std::string next_link(const FhirRequest& request, const SearchPage& page);

  Granted<FhirAnswer> bundle(const FhirRequest& request);
  Granted<FhirAnswer> transaction(const FhirRequest& request, const std::vector<BundleEntry>& entries);
  FhirAnswer batch(const FhirRequest& request, const std::vector<BundleEntry>& entries);

  std::string new_id();
  void stamp(std::span<ResourceWrite> writes, TimestampMicros time);

  FaultPlan& faults_;
  const std::stop_token stop_;
  const std::uint64_t seed_;
  const std::size_t default_page_size_;
  const std::size_t maximum_page_size_;
  std::atomic<std::uint64_t> ids_ = 0;
  ServerClock clock_;
  ResourceStore store_;
  KeptPages<StoredSearch> searches_;
};

}  // namespace lakeflow
