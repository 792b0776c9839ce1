#pragma once

#include "simulator/api/api_description.h"
#include "simulator/api/api_refusal.h"
#include "simulator/api/listing_query.h"
#include "simulator/http/http_answer.h"

namespace lakeflow {

// A request for a list by POST: each value of its body is the parameter of its place ("page.size", "filters.0.value"); null says nothing. Refuses
// another method (405), a body of another type (415), one that is no JSON object, and parameters in the query (where the description is strict),
// and what parse_listing_query refuses.
Allowed<ListingQuery> parse_posted_query(const Listing& listing, bool strict, const ReceivedRequest& request, const QueryParameters& in_url);

}  // namespace lakeflow
