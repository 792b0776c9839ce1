#include "base/logging.h"

namespace lakeflow {
namespace {

class SilentLogger final : public Logger {
 public:
  void log(LogLevel, std::string_view, Fields) override {}
};

}  // namespace

std::string_view log_level_name(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug: return "debug";
    case LogLevel::kInfo: return "info";
    case LogLevel::kWarning: return "warning";
    case LogLevel::kError: return "error";
  }
  return "error";
}

Logger& silent_logger() {
  static SilentLogger logger;
  return logger;
}

}  // namespace lakeflow
