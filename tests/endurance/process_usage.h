#pragma once

#include <optional>
#include <span>
#include <vector>

#include <sys/types.h>

namespace lakeflow::test {

// What a process takes of the machine, as /proc tells.
struct ProcessUsage {
  double resident_megabytes = 0;
  double handles = 0;
  double threads = 0;
};

// Nothing where there is no such process.
std::optional<ProcessUsage> read_usage(pid_t process);

// A figure after the warm-up and at the end: the medians of the second sixth and of the last third of all samples.
struct Drift {
  double early = 0;
  double late = 0;
};
Drift drift(std::span<const ProcessUsage> samples, double ProcessUsage::* figure);

}  // namespace lakeflow::test
