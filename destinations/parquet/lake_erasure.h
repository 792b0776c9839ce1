#pragma once

#include <vector>

#include "base/error.h"
#include "destinations/interface/erasure.h"
#include "destinations/parquet/lake.h"

namespace lakeflow {

// What taking a person out does to a lake: files that hold rows of his are to go, and their other rows stand in new, staged ones, which are
// published like any others.
struct LakeErasure {
  ErasureCounts counts;
  std::vector<TableChange> changes;  // of the commit that brings it about
};

// Finds the person's rows as of the last commit and writes the new files. They are the caller's to commit, or to remove.
Result<LakeErasure> erase_from_lake(Lake& lake, const Erasure& erasure);

}  // namespace lakeflow
