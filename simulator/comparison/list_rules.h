#pragma once

#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "simulator/api/listing_query.h"
#include "simulator/api/record_collection.h"

namespace lakeflow {

// Whether a live source keeps to what is described of filters and order: the described source's own rules, applied to the records that the live
// one gave. What is said of a difference holds counts and no value.

// The records of a live list; nothing where one of them has no key.
std::optional<RecordList> as_records(const RecordShape& shape, const nlohmann::ordered_json& list);

// A value to ask a filter for.
struct FilterProbe {
  std::string value;
  std::string where;  // "at a value that is there", "one millisecond after it"
};

// Values that tell rules apart, taken from the records: one that some records have and others don't, and for times the next one and one that keeps
// none. None where the records don't tell the filter's field apart.
std::vector<FilterProbe> probe_filter(const FilterRole& filter, const RecordList& records, TimestampMicros now);

// What a filter kept, where all records and whether what was kept was read to its end are known. Nothing where it is as described.
std::optional<std::string> compare_kept(const ListingQuery::Filter& asked, const RecordList& all, const RecordList& kept, bool is_whole);

// The records have at least two values of the field.
bool has_two_values(const std::string& field, const RecordList& records);

// They lie in the order that was asked for.
bool is_in_order(const std::vector<ListingQuery::Order>& order, const RecordList& records);

}  // namespace lakeflow
