#pragma once

#include <memory>

#include "destinations/interface/destination.h"

namespace lakeflow {

// The reference model as a destination: tables in memory, gone with it. It is there for tests of what stands before
// a destination, and to hold the suite of the change rules against the rules themselves. Keys and sequences are booleans,
// integers, floats, texts, dates and timestamps; query() takes SELECT * FROM "schema"."table" and nothing else.
std::unique_ptr<Destination> make_memory_destination();

}  // namespace lakeflow
