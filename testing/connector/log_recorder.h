#pragma once

#include <mutex>
#include <string>
#include <vector>

#include "base/logging.h"

namespace lakeflow {

// Keeps every line that is logged, of all levels, with its fields. Thread-safe.
class LogRecorder final : public Logger {
 public:
  void write(LogLevel level, std::string_view message, Fields fields) override;
  std::vector<std::string> lines() const;

 private:
  mutable std::mutex mutex_;
  std::vector<std::string> lines_;
};

}  // namespace lakeflow
