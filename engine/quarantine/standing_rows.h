#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "base/error.h"
#include "destinations/interface/apply_plan.h"
#include "destinations/interface/destination.h"
#include "engine/ingest/pass.h"

namespace lakeflow {

// A table that appends compares nothing: what is applied to it twice stands there twice. A replayed record may have landed in the meantime, or in
// part before: a full refresh read it again, or one of its rows alone was rejected. So rows are told by the source's own primary keys (and by its
// cursor, where it gives versions) from those that stand. One of these for each such table, for a whole replay.
class StandingRows {
 public:
  // `table` and the destination outlive it.
  StandingRows(Destination& destination, const PlannedTable& table) : destination_(destination), table_(table) {}

  // The slice without rows that stand, or that were given before, as pieces, and how many were left out. All rows where the table does not
  // append, or has no keys that can be compared.
  struct NewRows {
    std::vector<ChangeSlice> slices;
    std::uint64_t standing = 0;
  };
  Result<NewRows> take_new(const ChangeSlice& slice);
  // What was given was not committed.
  void forget_given() { given_.clear(); }

 private:
  Result<std::set<std::string>> standing(const std::vector<std::string>& keys, const std::string& key_sql) const;

  Destination& destination_;
  const PlannedTable& table_;
  std::set<std::string> given_;
};

}  // namespace lakeflow
