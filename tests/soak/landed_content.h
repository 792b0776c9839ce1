#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "base/error.h"
#include "tests/soak/fault_pair.h"

namespace lakeflow::test {

// All that a run is to leave behind, for comparing with what another one left. Each list is sorted.
struct LandedContent {
  std::vector<std::string> rows;
  std::vector<std::string> standing;  // of history: the rows without an end
  std::vector<std::string> state;
  std::vector<std::string> quarantine;   // nothing where each run fills it anew
  std::uint64_t commits = 0;             // of the run that was asked for
  std::size_t missing_dead_letters = 0;  // records in quarantine for which the file has no line, or lines without a record
};

// An error where the destination can't be opened.
Result<LandedContent> read_landed(const FaultPair& pair, const std::filesystem::path& folder, const std::string& run_id = {});

// Drafts, temporary files, staged files that no commit names. To be asked while nobody has the destination open. Sorted.
std::vector<std::string> stray_files(const std::filesystem::path& folder);

}  // namespace lakeflow::test
