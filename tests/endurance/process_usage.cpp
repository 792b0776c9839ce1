#include "tests/endurance/process_usage.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

namespace lakeflow::test {
namespace {

double median(std::span<const ProcessUsage> samples, double ProcessUsage::* figure) {
  std::vector<double> values;
  for (const ProcessUsage& sample : samples) values.push_back(sample.*figure);
  if (values.empty()) return 0;
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::ranges::nth_element(values, middle);
  return *middle;
}

}  // namespace

std::optional<ProcessUsage> read_usage(pid_t process) {
  const std::filesystem::path folder = fmt::format("/proc/{}", process);
  std::ifstream status(folder / "status");
  ProcessUsage usage;
  for (std::string word; status >> word;) {
    if (word == "VmRSS:" && status >> usage.resident_megabytes) usage.resident_megabytes /= 1024;
    if (word == "Threads:") status >> usage.threads;
  }
  std::error_code error;
  const std::filesystem::directory_iterator handles(folder / "fd", error);
  if (error || usage.threads == 0) return std::nullopt;
  usage.handles = static_cast<double>(std::distance(begin(handles), end(handles)));
  return usage;
}

Drift drift(std::span<const ProcessUsage> samples, double ProcessUsage::* figure) {
  const std::size_t sixth = samples.size() / 6;
  return {.early = median(samples.subspan(sixth, sixth), figure), .late = median(samples.subspan(4 * sixth), figure)};
}

}  // namespace lakeflow::test
