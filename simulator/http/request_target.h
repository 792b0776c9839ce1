#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace lakeflow {

// Names and values of a query as they came, decoded.
using QueryParameters = std::vector<std::pair<std::string, std::string>>;

// A part of a URL without its %-escapes; a plus is a blank (the form that queries have).
std::string percent_decode(std::string_view text);

// A URL below a base, "Patient?_id=1" or "/Patient/1", into the parts of its path and its parameters, decoded. Empty parts of the path are left
// out; a parameter without "=" has an empty value.
void split_url(std::string_view url, std::vector<std::string>& segments, QueryParameters& parameters);

// "name=value&…" as people read it, not encoded.
std::string shown_query(const QueryParameters& parameters);

}  // namespace lakeflow
