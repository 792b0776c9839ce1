#include "testing/connector/log_recorder.h"

namespace lakeflow {

void LogRecorder::write(LogLevel, std::string_view message, Fields fields) {
  std::string line(message);
  for (const auto& [name, value] : fields) {
    line.append(" ").append(name).append("=").append(value);
  }
  const std::lock_guard lock(mutex_);
  lines_.push_back(std::move(line));
}

std::vector<std::string> LogRecorder::lines() const {
  const std::lock_guard lock(mutex_);
  return lines_;
}

}  // namespace lakeflow
