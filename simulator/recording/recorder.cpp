#include "simulator/recording/recorder.h"

#include <fcntl.h>
#include <unistd.h>

#include <cctype>
#include <cerrno>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "simulator/recording/recorded_exchange.h"

namespace lakeflow {
namespace {

constexpr std::size_t kLongestPath = 60;

// "GET_api_orders": what a person looks for.
std::string shown_in_name(const RecordedExchange& exchange) {
  std::string name = exchange.method;
  for (const char c : exchange.target.substr(0, exchange.target.find('?'))) {
    const bool plain = std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '.';
    name += plain ? c : '_';
  }
  return name.substr(0, kLongestPath);
}

Status write_private(const std::filesystem::path& file, std::string_view text) {
  const int descriptor = ::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  bool written = descriptor >= 0;
  while (written && !text.empty()) {
    const ssize_t count = ::write(descriptor, text.data(), text.size());
    written = count > 0 || (count < 0 && errno == EINTR);
    text.remove_prefix(count > 0 ? static_cast<std::size_t>(count) : 0);
  }
  const int code = errno;
  if (descriptor >= 0) {
    ::close(descriptor);
  }
  if (!written) {
    return std::unexpected(Error::user(fmt::format("{} can't be written: {}", file.string(), std::generic_category().message(code))));
  }
  return {};
}

}  // namespace

Result<std::unique_ptr<Recorder>> Recorder::start(RecorderOptions options) {
  std::error_code failed;
  std::filesystem::create_directories(options.into, failed);
  if (failed) {
    return std::unexpected(Error::user(fmt::format("the folder {} can't be made: {}", options.into.string(), failed.message())));
  }
  std::filesystem::permissions(options.into, std::filesystem::perms::owner_all, failed);
  if (failed || !std::filesystem::is_empty(options.into, failed)) {
    return std::unexpected(Error::user(fmt::format("the folder {} is not empty", options.into.string()), "name another for this recording"));
  }
  auto recorder = std::make_unique<Recorder>(Started{}, std::move(options.into));
  options.relay.keeps_requests = false;
  options.relay.on_exchange = [into = recorder.get()](const RelayedExchange& exchange) { into->record(exchange); };
  LAKEFLOW_ASSIGN(recorder->relay_, HttpRelay::start(std::move(options.relay)));
  return recorder;
}

void Recorder::record(const RelayedExchange& exchange) {
  const RecordedExchange recorded = without_secrets(exchange);
  const auto file = into_ / fmt::format("{:04}_{}.json", ++numbers_, shown_in_name(recorded));
  if (Status written = write_private(file, write_exchange(recorded)); written) {
    ++recorded_;
  } else {
    const std::scoped_lock lock(mutex_);
    trouble_ = trouble_ ? std::move(written) : std::move(trouble_);
  }
}

Status Recorder::stop() {
  relay_->stop();
  const std::scoped_lock lock(mutex_);
  return trouble_;
}

}  // namespace lakeflow
