#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "testing/apply/apply_trial.h"

namespace lakeflow {

// The suite that every destination has to pass. Each function returns what went wrong, a line each: nothing is a pass.

// The cases of testing/apply/cases, each against what it says and against the reference model.
std::vector<std::string> run_apply_cases(const std::filesystem::path& folder, const DestinationFactory& factory);

struct ApplyPropertyOptions {
  std::uint64_t operations = 10'000;  // for each ingestion type and kind of table
  std::uint64_t seed = 1;
  DestinationFactory reopen = {};  // opens the destination that the factory gave last once more; without it nothing is restarted
};

// Random operations, ties, deletes, null keys and null sequences among them. The same records in one slice, in one transaction, in
// ten, and (but for snapshots) shuffled, give the same tables, which are those of the reference model. And so does a long life with
// deletes without a time, refreshes, roll-backs, restarts and tombstones that are forgotten.
std::vector<std::string> run_apply_property(const ApplyPropertyOptions& options, const DestinationFactory& factory);

}  // namespace lakeflow
