#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

namespace lakeflow::test {

// What goes wrong in a run, and at which of the calls that fault_shim.cpp counts.
struct FaultOrder {
  std::string kind;      // kill, ENOSPC, EIO; empty: nothing
  std::uint64_t at = 0;  // from 1 on
  bool lasts = false;    // all later calls of that kind fail as well
};

struct FaultedEnd {
  int signal = 0;           // that ended it, or 0
  int exit_code = 0;        // else
  std::uint64_t calls = 0;  // how many it made; unknown (0) where it did not end by itself
  std::string failed_call;  // "write", "sync" …; empty where the order's call did not come
  std::string output;
};

// Runs the pipeline clinic.yaml of the trial's folder `work` in a process of its own, with faults on what lies in that folder, until it ends.
FaultedEnd run_with_fault(const std::filesystem::path& root, const FaultOrder& order);

}  // namespace lakeflow::test
