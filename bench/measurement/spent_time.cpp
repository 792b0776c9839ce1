#include "bench/measurement/spent_time.h"

#include <algorithm>
#include <cstddef>
#include <ctime>

namespace lakeflow::bench {
namespace {

double seconds(clockid_t clock) {
  timespec now{};
  clock_gettime(clock, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

}  // namespace

SpentTime time_now() { return {seconds(CLOCK_MONOTONIC), seconds(CLOCK_PROCESS_CPUTIME_ID)}; }

double median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::ranges::nth_element(values, middle);
  return *middle;
}

double speed_ratio(const std::vector<double>& yardstick, const std::vector<double>& work) {
  std::vector<double> ratios;
  for (std::size_t i = 0; i < work.size(); ++i) {
    ratios.push_back(yardstick[i] / work[i]);
  }
  return median(std::move(ratios));
}

}  // namespace lakeflow::bench
