#include "simulator/api/posted_query.h"

#include <string>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "simulator/api/json_place.h"

namespace lakeflow {
namespace {

using Json = nlohmann::ordered_json;

void collect(const Json& value, const std::string& place, QueryParameters& parameters) {
  if (value.is_structured()) {
    const bool is_list = value.is_array();
    std::size_t number = 0;
    for (const auto& [name, member] : value.items()) {
      const std::string part = is_list ? fmt::format("{}", number++) : name;
      collect(member, place.empty() ? part : fmt::format("{}.{}", place, part), parameters);
    }
  } else if (!value.is_null()) {
    parameters.emplace_back(place, text_at(value, ""));
  }
}

}  // namespace

Allowed<ListingQuery> parse_posted_query(const Listing& listing, bool strict, const ReceivedRequest& request, const QueryParameters& in_url) {
  if (request.method != "POST") {
    return refuse_request(405, "this list is asked for by POST");
  }
  if (!in_url.empty() && strict) {
    return refuse_request(400, fmt::format("the parameter {} stands in the URL, and belongs into the body", in_url.front().first));
  }
  if (!request.header("Content-Type").starts_with("application/json")) {
    return refuse_request(415, "the body is not said to be application/json");
  }
  const Json body = Json::parse(request.body, nullptr, false);
  if (!body.is_object()) {
    return refuse_request(400, "the body is no JSON object");
  }
  QueryParameters parameters;
  collect(body, "", parameters);
  return parse_listing_query(listing, strict, parameters);
}

}  // namespace lakeflow
