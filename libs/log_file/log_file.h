#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/error.h"
#include "base/logging.h"

namespace lakeflow {

enum class LogFormat {
  kText,  // 2024-05-01T12:30:00.123456Z warning asking the server again run_id=… because="…"
  kJson,  // {"time":"…","level":"warning","message":"…","run_id":"…","because":"…"}
};

struct LogFileOptions {
  std::string path;  // made for its owner alone (mode 0600) and appended to; "-" is stderr
  LogFormat format = LogFormat::kText;
  LogLevel level = LogLevel::kInfo;  // the least that is written
};

// Log lines in a file, a line each, whole: each is one write at the file's end, so several processes may share it and a tool may empty
// it meanwhile. A file that was renamed or removed is begun anew within a second, as reopen() does at once.
//
// A line that can't be written is dropped, as no run fails because of its log; the next one that can tells how many were. Thread-safe.
class LogFile final : public Logger {
 public:
  // A user error where the file can't be opened.
  static Result<std::unique_ptr<LogFile>> open(LogFileOptions options);
  ~LogFile() override;
  LogFile(const LogFile&) = delete;
  LogFile& operator=(const LogFile&) = delete;

  void write(LogLevel level, std::string_view message, Fields fields) override;
  // For tools that rename the file and then ask for a new one.
  void reopen();

 private:
  class Output;
  LogFile(LogFileOptions options, std::unique_ptr<Output> output);

  const LogFileOptions options_;
  const std::unique_ptr<Output> output_;
};

}  // namespace lakeflow
