#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace lakeflow {

enum class LogLevel { kDebug, kInfo, kWarning, kError };

std::string_view log_level_name(LogLevel level);

// Where a library says what happened. Libraries never print: a face (the command, Python) gives them one
// of these. Implementations are thread-safe. Neither message nor fields hold secrets or patients' data.
class Logger {
 public:
  using Fields = std::initializer_list<std::pair<std::string_view, std::string>>;
  virtual ~Logger() = default;
  virtual void log(LogLevel level, std::string_view message, Fields fields = {}) = 0;
};

// Drops everything; the default where nobody listens.
Logger& silent_logger();

}  // namespace lakeflow
