#include "tools/lakeflow/console.h"

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/json_text.h"

namespace lakeflow {
namespace {

constexpr std::size_t kBufferBytes = 64U << 10U;
constexpr std::string_view kReset = "\x1b[0m";
constexpr std::string_view kBold = "\x1b[1m";
constexpr std::string_view kRed = "\x1b[1;31m";
constexpr std::string_view kYellow = "\x1b[1;33m";

// 0, or errno.
int write_all(int file, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(file, text.data(), text.size());
    if (written < 0) {
      if (errno == EINTR) continue;
      return errno;
    }
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return 0;
}

}  // namespace

Console::Form Console::form_of_process(bool json, bool verbose) {
  Form form{.json = json, .verbose = verbose};
  form.output_is_terminal = ::isatty(STDOUT_FILENO) == 1;
  const char* terminal = std::getenv("TERM");
  const bool capable = terminal != nullptr && std::string_view(terminal) != "dumb" && !std::string_view(terminal).empty();
  form.messages_are_terminal = capable && ::isatty(STDERR_FILENO) == 1;
  const char* no_colour = std::getenv("NO_COLOR");
  form.colours = form.messages_are_terminal && (no_colour == nullptr || *no_colour == '\0');
  winsize size{};
  const int shown_on = form.output_is_terminal ? STDOUT_FILENO : STDERR_FILENO;
  if ((form.output_is_terminal || form.messages_are_terminal) && ::ioctl(shown_on, TIOCGWINSZ, &size) == 0) {
    form.width = size.ws_col;
    form.height = size.ws_row;
  }
  return form;
}

Console::~Console() {
  const std::scoped_lock lock(mutex_);
  live_.clear();
  write_buffer();
}

bool Console::print(std::string_view text) {
  const std::scoped_lock lock(mutex_);
  buffer_ += text;
  return buffer_.size() < kBufferBytes || write_buffer();
}

Status Console::flush() {
  const std::scoped_lock lock(mutex_);
  write_buffer();
  if (write_error_ != 0) {
    return std::unexpected(Error::user(fmt::format("cannot write the output: {}", std::strerror(write_error_)), "see where stdout leads to"));
  }
  return {};
}

bool Console::write_buffer() {
  if (!reader_is_gone_ && write_error_ == 0) {
    const int failure = write_all(STDOUT_FILENO, buffer_);
    reader_is_gone_ = failure == EPIPE;
    write_error_ = failure == EPIPE ? 0 : failure;
  }
  buffer_.clear();
  return !reader_is_gone_ && write_error_ == 0;
}

void Console::note(std::string_view text) {
  if (form_.json) {
    return;
  }
  write_message(fmt::format("{}\n", text));
}

void Console::error(const Error& error) { write_failure(error, LogLevel::kError); }

void Console::warning(const Error& error) { write_failure(error, LogLevel::kWarning); }

void Console::write_failure(const Error& error, LogLevel level) {
  const std::string_view name = log_level_name(level);
  if (form_.json) {
    std::string line = fmt::format(R"({{"{}":{{"kind":"{}",)", name, error_kind_name(error.kind()));
    if (level == LogLevel::kError) {
      line += fmt::format(R"("exit_code":{},)", exit_code(error.kind()));
    }
    line += R"("message":)";
    append_json_string(line, error.message());
    line += ",\"next\":";
    append_json_string(line, error.next_step());
    line += "}}\n";
    write_message(line);
    return;
  }
  const std::string_view reset = form_.colours ? kReset : "";
  std::string text = fmt::format("{}{}:{} {}\n", !form_.colours ? "" : level == LogLevel::kError ? kRed : kYellow, name, reset, error.message());
  if (!error.next_step().empty()) {
    text += fmt::format("{}next:{} {}\n", form_.colours ? kBold : "", reset, error.next_step());
  }
  write_message(text);
}

void Console::write(LogLevel level, std::string_view message, Fields fields) {
  // An error that is logged on the way is what the command ends with, and is said there.
  if (level != LogLevel::kWarning && !form_.verbose) {
    return;
  }
  std::string line;
  if (form_.json) {
    line = fmt::format(R"({{"log":"{}","message":)", log_level_name(level));
    append_json_string(line, message);
    for (const auto& [name, value] : fields) {
      line += ',';
      append_json_string(line, name);
      line += ':';
      append_json_string(line, value);
    }
    line += "}\n";
  } else {
    const std::string_view colour = !form_.colours ? "" : level == LogLevel::kError ? kRed : level == LogLevel::kWarning ? kYellow : kBold;
    line = fmt::format("{}{}:{} {}", colour, log_level_name(level), form_.colours ? kReset : "", message);
    for (const auto& [name, value] : fields) {
      if (form_.verbose || (name != "run_id" && name != "pipeline")) {
        line += fmt::format(" {}={}", name, value);
      }
    }
    line += '\n';
  }
  write_message(line);
}

void Console::write_message(std::string_view text) {
  const std::scoped_lock lock(mutex_);
  erase_live();
  write_all(STDERR_FILENO, text);
  draw_live();
}

void Console::show_live(std::vector<std::string> lines) {
  if (!form_.messages_are_terminal || form_.json) {
    return;
  }
  const std::scoped_lock lock(mutex_);
  erase_live();
  live_ = std::move(lines);
  draw_live();
}

void Console::erase_live() {
  if (!live_.empty()) {
    // Up to the first live line, and clear from there to the end of the screen.
    write_all(STDERR_FILENO, fmt::format("\x1b[{}A\r\x1b[J", live_.size()));
  }
}

void Console::draw_live() {
  std::string text;
  for (const std::string& line : live_) {
    text += line;
    text += '\n';
  }
  write_all(STDERR_FILENO, text);
}

}  // namespace lakeflow
