#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "sources/rest/rest_table.h"

namespace lakeflow {

// What a server is asked for a page of a list by.
struct RestRequest {
  std::string url;
  std::string body = {};       // of a POST: JSON
  std::string shown_url = {};  // HttpRequest
};

// A parameter, and its value as JSON has it: 100, "open". A query shows a text without its quotes; a body has the value as it is.
struct RestParameter {
  std::string name;
  std::string json;
};

RestParameter text_parameter(std::string_view name, std::string_view text);
RestParameter number_parameter(std::string_view name, std::int64_t number);

// The request for what is at this path below the base URL, by the list's method: its own parameters, and behind them the further ones. An error
// where the body has no such place.
Result<RestRequest> rest_request(const std::string& base_url, const RestList& list, std::string_view path, std::span<const RestParameter> further);

// The places of its body that have a value, without the values: "page.size".
std::vector<std::string> places_in(const RestRequest& request);

}  // namespace lakeflow
