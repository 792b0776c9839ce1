#pragma once

#include <string>
#include <vector>

#include "base/error.h"
#include "simulator/api/api_description.h"
#include "simulator/api/record_collection.h"
#include "simulator/comparison/compared_request.h"
#include "simulator/comparison/compared_source.h"

namespace lakeflow {

// A list that both sources have.
struct ComparedListing {
  std::string endpoint;  // "orders", "orders.deletes"
  const Listing& listing;
  RecordShape shape;
  std::vector<std::string> record_path;  // of single records, in its parts; empty: they are not compared
  std::string path;                      // in the described source: "/orders/o-1/items"
  std::string live_path;                 // in the live one
};

// Asks both for the first pages, by each filter and order, for a size, an unknown parameter and a single record. What the live source's filters keep
// and how it orders is held against the described rules, applied to the live records.
Result<std::vector<ComparedRequest>> compare_listing(const ComparedListing& compared, ComparedSource& described, ComparedSource& live);

}  // namespace lakeflow
