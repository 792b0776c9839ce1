#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "simulator/api/api_description.h"
#include "simulator/api/record_collection.h"
#include "simulator/http/http_answer.h"

namespace lakeflow {

// What one answer of a list holds.
struct ListingPage {
  RecordList records = {};
  std::optional<std::size_t> total = std::nullopt;
  std::uint64_t number = 1;                         // of the page, as paging counts
  std::optional<std::size_t> pages = std::nullopt;  // how many there are, where they have numbers
  bool has_more = false;
  std::string self = {};                           // its own URL
  std::optional<std::string> next = std::nullopt;  // the token or the URL of the next page, as the listing's paging has it
};

HttpAnswer write_listing_answer(const Listing& listing, const ListingPage& page);

}  // namespace lakeflow
