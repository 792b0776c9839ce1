#pragma once

#include <functional>
#include <set>
#include <string>
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

// Likewise for the quarantine's entries with these ids.
Result<std::vector<TableChange>> drop_from_quarantine(Lake& lake, const std::vector<std::string>& ids);

// The ids of the quarantine's entries as of the last commit.
Result<std::set<std::string, std::less<>>> quarantined_ids(Lake& lake);

}  // namespace lakeflow
