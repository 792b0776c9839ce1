#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "tests/soak/fault_pair.h"

namespace lakeflow::test {

// All that a run is to leave behind, for comparing with what another one left. Each list is sorted.
struct LandedContent {
  std::vector<std::string> rows;
  std::vector<std::string> standing;  // of history: the rows without an end
  std::vector<std::string> state;
  std::vector<std::string> quarantine;   // of a snapshot: nothing, as each run fills it anew
  std::size_t missing_dead_letters = 0;  // records in quarantine for which the file has no line, or lines without a record
  std::vector<std::string> stray_files;  // drafts, temporary files, staged files that no commit names
};

LandedContent read_landed(const FaultPair& pair, const std::filesystem::path& folder);

}  // namespace lakeflow::test
