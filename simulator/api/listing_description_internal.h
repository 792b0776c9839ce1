#pragma once

#include <string>
#include <vector>

#include "simulator/api/api_description.h"
#include "simulator/api/description_section_internal.h"

namespace lakeflow {

// The keys of a section that describes a listing.
std::vector<std::string> listing_keys();

// The field that bears the time of the listing's records: a filter on it compares times, if it says no other.
struct ListingTime {
  std::string time_field;
  TimeFormat format = TimeFormat::kIso;
};

Result<Listing> read_listing(const DescriptionSection& section, const ListingTime& time);

// Of a section with the key `fields`.
Result<std::vector<GeneratedField>> read_generated_fields(const DescriptionSection& generate);

}  // namespace lakeflow
