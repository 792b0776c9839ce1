#pragma once

#include <cstdint>
#include <filesystem>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

#include "tests/soak/power_cut.h"

namespace lakeflow::test {

// A power cut when the process has ended.
inline constexpr std::uint64_t kAtTheEnd = std::numeric_limits<std::uint64_t>::max();

// What goes wrong in a run, and at which of the calls that fault_shim.cpp counts.
struct FaultOrder {
  std::string kind;                  // kill, ENOSPC, EIO, cut; empty: nothing
  std::uint64_t at = 0;              // from 1 on; of a cut: the call before which it comes, or kAtTheEnd
  bool lasts = false;                // all later calls of that kind fail as well
  std::optional<PowerCut> cut = {};  // of a cut: what it leaves
  std::string forgets = {};          // of a cut: "files" or "folders", whose syncs do nothing

  // For people: "EIO from", "cut, only what was synced stands".
  std::string text() const;
};

struct FaultedEnd {
  int signal = 0;             // that ended it, or 0
  int exit_code = 0;          // else
  std::uint64_t calls = 0;    // how many it made; unknown (0) where it did not end by itself
  std::uint64_t marks = 0;    // of them, those that a cut counts
  std::string failed_call;    // "write", "sync" …; empty where the order's call did not come
  std::string run_id;         // empty where the run did not begin
  std::uint64_t commits = 0;  // that the run was told to be done
  std::string output;
};

// Runs the pipeline clinic.yaml of the trial's folder `work` in a process of its own, with faults on what lies in that folder, until it ends.
// After a cut the folder is what that leaves.
FaultedEnd run_with_fault(const std::filesystem::path& root, const FaultOrder& order, bool full_refresh = false);

}  // namespace lakeflow::test
