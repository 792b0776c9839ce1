#pragma once

#include <memory>
#include <vector>

#include "base/error.h"
#include "base/logging.h"
#include "engine/pipeline/pipeline.h"
#include "libs/log_file/log_file.h"
#include "tools/lakeflow/command.h"

namespace lakeflow {

class Console;

// --log-file, --log-format and --log-level, of the commands that reach the source.
std::vector<Parameter> log_parameters();

// The pipeline of the command, with the settings that the command line gives for its log.
Result<Pipeline> open_logged_pipeline(const Arguments& arguments, const Session& session);

// Where a command's log lines go: to the console, which shows what its user should act on, and whole to the log file where the settings
// name one. Thread-safe.
class CommandLog final : public Logger {
 public:
  static Result<std::unique_ptr<CommandLog>> open(const Pipeline& pipeline, Console& console);

  void write(LogLevel level, std::string_view message, Fields fields) override;
  // The error that the command ends with, which its user is told by other means: for the file alone.
  void end_with(const Error& error);

  bool has_file() const { return file_ != nullptr; }
  void reopen();

 private:
  CommandLog(Console& console, std::unique_ptr<LogFile> file, bool file_is_console)
      : console_(console), file_(std::move(file)), file_is_console_(file_is_console) {}

  Console& console_;
  const std::unique_ptr<LogFile> file_;
  const bool file_is_console_;  // stderr: a line is not written twice
};

}  // namespace lakeflow
