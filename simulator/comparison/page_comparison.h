#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "simulator/comparison/compared_list.h"

namespace lakeflow {

// "the live body has no list at data"
std::string missing_list(const Listing& listing);

// Where a page, from 0, of the live list is built otherwise than the described ones, in words that hold no value: places of the body that are empty,
// and members of the records up to it. What can be said of the pages before it is not said again.
std::vector<std::string> compare_page(const Listing& listing, const ComparedList& described, const ComparedList& live, std::size_t page);

}  // namespace lakeflow
