#include "engine/monitor/process_usage.h"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <system_error>

#include <sys/resource.h>
#include <unistd.h>

namespace lakeflow {

ProcessUsage process_usage() {
  ProcessUsage usage;
  std::ifstream pages("/proc/self/statm");
  std::uint64_t size = 0;
  std::uint64_t resident = 0;
  if (pages >> size >> resident) {
    usage.resident_bytes = resident * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  }
  std::error_code failure;
  std::uint64_t files = 0;
  for (std::filesystem::directory_iterator file("/proc/self/fd", failure), end; !failure && file != end; file.increment(failure)) {
    ++files;
  }
  usage.open_files = files > 0 ? files - 1 : 0;  // but for the folder that is being read
  rusage times{};
  if (::getrusage(RUSAGE_SELF, &times) == 0) {
    const auto seconds = [](const timeval& time) { return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6; };
    usage.cpu_seconds = seconds(times.ru_utime) + seconds(times.ru_stime);
  }
  return usage;
}

}  // namespace lakeflow
