#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "simulator/api/api_description.h"
#include "simulator/api/api_refusal.h"
#include "simulator/api/record_collection.h"
#include "simulator/http/request_target.h"

namespace lakeflow {

// A request for a list, as its parameters say it.
struct ListingQuery {
  struct Filter {
    FilterRole role;
    std::string value;
  };
  struct Order {
    std::string field;
    std::string name = {};  // that it was asked for by; empty: it was not
    bool descending = false;
  };
  std::vector<Filter> filters;
  std::vector<Order> order;
  std::size_t size = 0;                 // of a page; 0: all at once
  std::optional<std::string> position;  // the page's number, offset or token
  QueryParameters asked;                // the parameters but that of the position: what the next page's request says once more
};

// Refuses what is unknown (where the description is strict) and what can't be understood, and names the nearest known parameter.
Allowed<ListingQuery> parse_listing_query(const Listing& listing, bool strict, const QueryParameters& parameters);

// The records that the query keeps, in its order; records that have the same order stay as they were.
RecordList execute_listing_query(const ListingQuery& query, RecordList records);

}  // namespace lakeflow
