#pragma once

#include <cstdint>

#include "base/clock.h"

namespace lakeflow {

// What this process takes from the machine. Numbers that the kernel does not tell are 0.
struct ProcessUsage {
  std::uint64_t resident_bytes = 0;
  std::uint64_t open_files = 0;
  double cpu_seconds = 0;
};

ProcessUsage process_usage();

}  // namespace lakeflow
