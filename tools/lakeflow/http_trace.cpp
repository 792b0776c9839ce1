#include "tools/lakeflow/http_trace.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <system_error>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/clock.h"
#include "libs/http/http_client.h"

namespace lakeflow {
namespace {

constexpr std::array<std::string_view, 7> kNumbers = {"status", "attempt", "sent_bytes", "received_bytes", "connected", "first_byte", "total"};

nlohmann::json value_of(std::string_view name, const std::string& text) {
  double number = 0;
  const bool is_number = std::ranges::find(kNumbers, name) != kNumbers.end() &&
                         std::from_chars(text.data(), text.data() + text.size(), number).ptr == text.data() + text.size();
  if (!is_number) {
    return text;
  }
  return text.contains('.') ? nlohmann::json(number) : nlohmann::json(static_cast<std::int64_t>(number));
}

}  // namespace

Parameter trace_parameter() {
  return {.name = "trace-http",
          .help = "Add a line of JSON to this file for each HTTP request: when, where, how long; no secret, no value of a query, no body",
          .value = Parameter::Value::kFile};
}

Result<std::unique_ptr<HttpTrace>> HttpTrace::open(const Arguments& arguments, Logger& log) {
  const std::optional<std::string> path = arguments.find("trace-http");
  int file = -1;
  if (path) {
    file = ::open(path->c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, S_IRUSR | S_IWUSR);
    struct stat status{};
    const bool is_usable = file >= 0 && ::fstat(file, &status) == 0 && (!S_ISREG(status.st_mode) || ::fchmod(file, S_IRUSR | S_IWUSR) == 0);
    if (!is_usable) {
      const std::string reason = std::generic_category().message(errno);
      if (file >= 0) {
        ::close(file);
      }
      return std::unexpected(Error::user(fmt::format("--trace-http: {} can't be opened for writing ({})", *path, reason)));
    }
  }
  return std::unique_ptr<HttpTrace>(new HttpTrace(log, file));
}

HttpTrace::~HttpTrace() {
  if (file_ >= 0) {
    ::close(file_);
  }
}

void HttpTrace::write(LogLevel level, std::string_view message, Fields fields) {
  log_.write(level, message, fields);
  if (file_ < 0 || message != kHttpExchange) {
    return;
  }
  nlohmann::ordered_json line = {{"time", format_utc(now_micros())}};
  for (const auto& [name, value] : fields) {
    line[std::string(name)] = value_of(name, value);
  }
  add_line(line.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n");
}

void HttpTrace::add_line(std::string line) {
  bool fails_first = false;
  {
    const std::lock_guard lock(mutex_);
    const bool whole = ::write(file_, line.data(), line.size()) == static_cast<ssize_t>(line.size());
    fails_first = !whole && !std::exchange(failed_, true);
  }
  if (fails_first) {
    log_.log(LogLevel::kWarning, "the trace of HTTP requests can't be written on: it lacks some");
  }
}

}  // namespace lakeflow
