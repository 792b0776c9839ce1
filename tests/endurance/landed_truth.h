#pragma once

#include "tests/endurance/changing_source.h"
#include "tests/endurance/world.h"

namespace lakeflow::test {

// Holds the tables of a pipeline, which has read all that the source has, against what the source remembers; what differs is a failure of the test.
// A search does not show that a resource was deleted, nor what changed twice between two runs: so a table may have a deleted resource as it was, and
// may lack versions that were followed by others. All else must be there, once.
void expect_truth(World& world, const std::string& pipeline, const ChangingSource& source);

}  // namespace lakeflow::test
