#include "base/logging.h"

namespace lakeflow {
namespace {

class SilentLogger final : public Logger {
 public:
  void write(LogLevel, std::string_view, Fields) override {}
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

void FieldLogger::write(LogLevel level, std::string_view message, Fields fields) {
  std::vector<Field> all = fields_;
  all.insert(all.end(), fields.begin(), fields.end());
  target_.write(level, message, all);
}

Logger& silent_logger() {
  static SilentLogger logger;
  return logger;
}

}  // namespace lakeflow
