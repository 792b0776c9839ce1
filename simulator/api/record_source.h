#pragma once

#include <cstdint>

#include "base/error.h"
#include "simulator/api/api_description.h"
#include "simulator/api/record_collection.h"

namespace lakeflow {

// Fills a collection with what an endpoint begins with: of its file, or generated; then those from the future. A user error names the file and the
// line or number of a record that can't be one, or a field of a filter, an order, a path or a time that none of the records has.
Status load_records(const ApiEndpoint& endpoint, std::uint64_t seed, TimestampMicros now, RecordCollection& collection);

// The record of this number, from 0.
nlohmann::ordered_json generate_record(const std::vector<GeneratedField>& fields, std::uint64_t seed, std::uint64_t number);

}  // namespace lakeflow
