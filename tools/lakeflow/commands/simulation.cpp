#include "tools/lakeflow/commands/simulation.h"

#include <condition_variable>
#include <fstream>
#include <mutex>

#include <fmt/format.h>

namespace lakeflow {

void wait_for_stop(const std::stop_token& stop) {
  std::mutex mutex;
  std::condition_variable_any stopped;
  std::unique_lock lock(mutex);
  stopped.wait(lock, stop, [] { return false; });
}

std::string describe_faults(std::span<const FaultKind> faults, std::string_view subjects) {
  std::string text = fmt::format(
      "A fault is name[=value][:schedule][@subject], where the schedule is 3 (the first three times), #3 (the third time), 5% or\n"
      "nothing (always), and the subject {}:",
      subjects);
  for (const FaultKind& fault : faults) {
    text += fmt::format("\n  {:<20}  {}", fault.name, fault.help);
  }
  return text;
}

Status write_report(const std::filesystem::path& file, std::string_view text) {
  std::ofstream stream(file, std::ios::binary);
  stream << text << std::flush;
  if (!stream) {
    return std::unexpected(Error::user(fmt::format("{} can't be written", file.string())));
  }
  return {};
}

}  // namespace lakeflow
