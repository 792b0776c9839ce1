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
  std::uint64_t operations = 10'000;  // for each ingestion type
  std::uint64_t seed = 1;
};

// Random operations, ties, deletes, null keys and null sequences among them. The same records in one slice, in one transaction, in
// ten, and (but for snapshots) shuffled, give the same tables, which are those of the reference model.
std::vector<std::string> run_apply_property(const ApplyPropertyOptions& options, const DestinationFactory& factory);

}  // namespace lakeflow
