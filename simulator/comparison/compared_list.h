#pragma once

#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "simulator/api/api_description.h"
#include "simulator/comparison/compared_source.h"

namespace lakeflow {

// A list as one of the two gave it, page by page.
struct ComparedList {
  std::vector<ComparedAnswer> answers;        // of each page that was asked for; at least one
  std::vector<nlohmann::ordered_json> pages;  // the records of each; fewer than answers where the last one held no list
  bool is_whole = false;                      // it was read to its end

  // The list did not stand where the description says.
  bool has_no_list() const { return pages.empty(); }
  nlohmann::ordered_json records() const;  // of all pages
};

// The path of a list with the parameters that each request has to have, and those of a query, which is without its question mark and may be empty.
std::string list_target(const Listing& listing, const std::string& path, const std::string& query);

// Reads a list as its paging is described, at most so many pages.
Result<ComparedList> read_list(ComparedSource& source, const Listing& listing, const std::string& path, const std::string& query,
                               std::size_t most_pages);

}  // namespace lakeflow
