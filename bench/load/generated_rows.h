#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "destinations/interface/apply_plan.h"

namespace lakeflow::bench {

// Two shapes of tables, filled by arithmetic: the same rows in every run.
//   narrow  10 columns: key, sequence, and what a laboratory result has
//   wide    about 700 leaf columns in structs and lists, most of them null: what FHIR's Observation has
ApplyPlan narrow_plan();
ApplyPlan wide_plan();

// Rows first … first + count. `version` orders their sequences and changes their values; of `one_in` rows only every one_in-th.
ChangeSlice make_slice(const ApplyPlan& plan, std::int64_t first, std::int64_t count, std::int64_t version, std::int64_t one_in = 1);

}  // namespace lakeflow::bench
