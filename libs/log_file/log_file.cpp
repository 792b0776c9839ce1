#include "libs/log_file/log_file.h"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <mutex>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/json_text.h"

namespace lakeflow {
namespace {

constexpr std::chrono::seconds kBetweenLooks{1};

std::string json_line(TimestampMicros time, LogLevel level, std::string_view message, Logger::Fields fields) {
  std::string line = fmt::format(R"({{"time":"{}","level":"{}","message":)", format_utc(time), log_level_name(level));
  append_json_string(line, message);
  for (const auto& [name, value] : fields) {
    line += ',';
    append_json_string(line, name);
    line += ':';
    append_json_string(line, value);
  }
  return line + "}\n";
}

// Quoted where it would not stand as one word on one line.
void append_text_value(std::string& line, std::string_view value) {
  const bool plain = !value.empty() && std::ranges::all_of(value, [](char c) { return c > ' ' && c < '\x7f' && c != '"' && c != '='; });
  if (plain) {
    line += value;
  } else {
    append_json_string(line, value);
  }
}

std::string text_line(TimestampMicros time, LogLevel level, std::string_view message, Logger::Fields fields) {
  std::string line = fmt::format("{} {} ", format_utc(time), log_level_name(level));
  std::ranges::replace_copy_if(message, std::back_inserter(line), [](char c) { return static_cast<unsigned char>(c) < ' '; }, ' ');
  for (const auto& [name, value] : fields) {
    line += fmt::format(" {}=", name);
    append_text_value(line, value);
  }
  return line + "\n";
}

}  // namespace

// The file behind the name.
class LogFile::Output {
 public:
  explicit Output(std::string path) : path_(std::move(path)) {}
  ~Output() { close(); }
  Output(const Output&) = delete;
  Output& operator=(const Output&) = delete;

  Status open() {
    if (path_ == "-") {
      file_ = STDERR_FILENO;
      return {};
    }
    file_ = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
    struct stat status = {};
    if (file_ < 0 || ::fstat(file_, &status) != 0) {
      return std::unexpected(Error::user(fmt::format("the log file {} can't be opened ({})", path_, std::generic_category().message(errno)),
                                         "set log_file to a file in a folder that can be written"));
    }
    if (!S_ISREG(status.st_mode)) {
      close();
      return std::unexpected(Error::user(fmt::format("the log file {} is no regular file", path_), "set log_file to a file, or to - for stderr"));
    }
    ::fchmod(file_, 0600);
    inode_ = status.st_ino;
    looked_at_ = std::chrono::steady_clock::now();
    return {};
  }

  void reopen() {
    const std::lock_guard lock(mutex_);
    begin_anew();
  }

  void write(const std::string& line) {
    const std::lock_guard lock(mutex_);
    if (path_ != "-" && std::chrono::steady_clock::now() - looked_at_ >= kBetweenLooks) {
      struct stat named = {};
      looked_at_ = std::chrono::steady_clock::now();
      if (file_ < 0 || ::stat(path_.c_str(), &named) != 0 || named.st_ino != inode_) {
        begin_anew();
      }
    }
    if (dropped_ > 0 && write_whole(fmt::format("{{\"message\":\"log lines were lost\",\"lines\":\"{}\"}}\n", dropped_))) {
      dropped_ = 0;
    }
    if (!write_whole(line)) {
      ++dropped_;
    }
  }

 private:
  void begin_anew() {
    if (path_ != "-") {
      close();
      static_cast<void>(open());  // where it fails lines are dropped, and it is tried again
    }
  }

  bool write_whole(std::string_view line) const {
    while (true) {  // ends but for signals
      const ssize_t written = file_ < 0 ? -1 : ::write(file_, line.data(), line.size());
      if (written < 0 && file_ >= 0 && errno == EINTR) {
        continue;
      }
      return written == static_cast<ssize_t>(line.size());
    }
  }

  void close() {
    if (file_ >= 0 && file_ != STDERR_FILENO) {
      ::close(file_);
    }
    file_ = -1;
  }

  const std::string path_;
  std::mutex mutex_;
  int file_ = -1;
  ino_t inode_ = 0;
  std::chrono::steady_clock::time_point looked_at_;
  std::uint64_t dropped_ = 0;
};

LogFile::LogFile(LogFileOptions options, std::unique_ptr<Output> output) : options_(std::move(options)), output_(std::move(output)) {}
LogFile::~LogFile() = default;

Result<std::unique_ptr<LogFile>> LogFile::open(LogFileOptions options) {
  auto output = std::make_unique<Output>(options.path);
  LAKEFLOW_TRY(output->open());
  return std::unique_ptr<LogFile>(new LogFile(std::move(options), std::move(output)));
}

void LogFile::write(LogLevel level, std::string_view message, Fields fields) {
  if (level < options_.level) {
    return;
  }
  const TimestampMicros now = now_micros();
  output_->write(options_.format == LogFormat::kJson ? json_line(now, level, message, fields) : text_line(now, level, message, fields));
}

void LogFile::reopen() { output_->reopen(); }

}  // namespace lakeflow
