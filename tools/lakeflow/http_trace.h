#pragma once

#include <memory>
#include <mutex>
#include <string>

#include "base/error.h"
#include "base/logging.h"
#include "tools/lakeflow/command.h"

namespace lakeflow {

// --trace-http, of the commands that reach the source.
Parameter trace_parameter();

// A command's log with a second end: where --trace-http names a file, each HTTP exchange is a line of JSON in it, added at its end. The file is for
// its user alone (0600). Everything goes on to the log as well. Thread-safe.
class HttpTrace final : public Logger {
 public:
  // The log outlives it. A user error where the file can't be opened.
  static Result<std::unique_ptr<HttpTrace>> open(const Arguments& arguments, Logger& log);
  ~HttpTrace() override;
  HttpTrace(const HttpTrace&) = delete;
  HttpTrace& operator=(const HttpTrace&) = delete;

  void write(LogLevel level, std::string_view message, Fields fields) override;

 private:
  HttpTrace(Logger& log, int file) : log_(log), file_(file) {}
  void add_line(std::string line);

  Logger& log_;
  const int file_;  // -1: none
  std::mutex mutex_;
  bool failed_ = false;
};

}  // namespace lakeflow
