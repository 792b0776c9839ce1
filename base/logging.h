#pragma once

#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace lakeflow {

enum class LogLevel { kDebug, kInfo, kWarning, kError };

std::string_view log_level_name(LogLevel level);

// Where a library says what happened. Libraries never print: a face (the command, Python) gives them one
// of these. Implementations are thread-safe. Neither message nor fields hold secrets or patients' data.
class Logger {
 public:
  using Field = std::pair<std::string_view, std::string>;
  using Fields = std::span<const Field>;
  virtual ~Logger() = default;
  void log(LogLevel level, std::string_view message, std::initializer_list<Field> fields = {}) {
    write(level, message, Fields(fields.begin(), fields.size()));
  }
  virtual void write(LogLevel level, std::string_view message, Fields fields) = 0;
};

// Hands lines on with fields before their own: those that every line of a run bears.
class FieldLogger final : public Logger {
 public:
  // Names are literals.
  FieldLogger(Logger& target, std::vector<Field> fields) : target_(target), fields_(std::move(fields)) {}
  void write(LogLevel level, std::string_view message, Fields fields) override;

 private:
  Logger& target_;
  const std::vector<Field> fields_;
};

// Drops everything; the default where nobody listens.
Logger& silent_logger();

}  // namespace lakeflow
