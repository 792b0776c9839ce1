#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "simulator/api/api_description.h"
#include "simulator/api/api_refusal.h"
#include "simulator/api/listing_query.h"
#include "simulator/faults/fault_plan.h"
#include "simulator/http/kept_pages.h"

namespace lakeflow {

// A request for a list, free of HTTP's details.
struct ListingRequest {
  std::string origin;       // of the server, as this client knows it: "http://127.0.0.1:8080"
  std::string path;         // of the list: "/api/orders"
  ListingQuery query;       // with what the parts of the path keep among its filters
  FaultSubject subject;     // what faults are limited to: the endpoint's name and the page's number
  TimestampMicros now = 0;  // the simulator's own clock
};

// What an answer turned out to be, for the coverage report.
struct ListingOutcome {
  HttpAnswer answer;
  bool is_last_page = false;
};

// Cuts lists into pages. Thread-safe.
class ListingService {
 public:
  // Faults outlive the service.
  ListingService(FaultPlan& faults, std::uint64_t seed) : faults_(faults), kept_(seed) {}

  Allowed<ListingOutcome> answer(const Listing& listing, RecordCollection& collection, ListingRequest request);

  // Which page a query is for, from 1.
  std::uint64_t page_number(const Listing& listing, const ListingQuery& query) const;

 private:
  // A list that is read page by page.
  struct PagedQuery {
    std::string path;  // of the list
    ListingQuery query;
    std::optional<RecordList> records;  // what was found at first, where the pages are cut from it
    TimestampMicros begun = 0;
  };
  // Where a page begins in its list.
  struct Place {
    PageToken token = {};  // its list is empty where it is not kept yet
    std::shared_ptr<const PagedQuery> paged = nullptr;
  };
  Allowed<Place> place_of(const Listing& listing, const ListingRequest& request);
  Allowed<Place> place_of_token(const Listing& listing, const ListingRequest& request);
  std::string next_of(const Listing& listing, const ListingRequest& request, std::string token);

  FaultPlan& faults_;
  KeptPages<PagedQuery> kept_;
};

std::span<const FaultKind> listing_fault_kinds();

}  // namespace lakeflow
