#include "simulator/recording/recorder.h"

#include <fcntl.h>
#include <unistd.h>

#include <cctype>
#include <cerrno>
#include <system_error>
#include <utility>

#include <fmt/format.h>

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
  const std::size_t known = secrets_.size();  // what another thread adds meanwhile may have come too late for this one
  const RecordedExchange recorded = without_secrets(exchange, secrets_);
  if (Status written = write(recorded, ++numbers_, known); written) {
    ++recorded_;
  } else {
    const std::scoped_lock lock(mutex_);
    trouble_ = trouble_ ? std::move(written) : std::move(trouble_);
  }
}

Status Recorder::write(const RecordedExchange& exchange, std::uint64_t number, std::size_t known_secrets) {
  auto file = into_ / fmt::format("{:04}_{}.json", number, shown_in_name(exchange));
  LAKEFLOW_TRY(write_private(file, write_exchange(exchange)));
  const std::scoped_lock lock(mutex_);
  written_.push_back({.file = std::move(file), .number = number, .known_secrets = known_secrets});
  return {};
}

// The old file goes first: its name may hold what is taken away, and the new one may have the same.
Status Recorder::search_again(const Written& written) {
  LAKEFLOW_ASSIGN(RecordedExchange exchange, read_exchange(written.file));
  const std::uint64_t before = secrets_.removed_elsewhere();
  remove_values(exchange, secrets_);
  if (secrets_.removed_elsewhere() == before) {
    return {};
  }
  std::error_code failed;
  if (!std::filesystem::remove(written.file, failed)) {
    return std::unexpected(Error::user(fmt::format("{} can't be removed, and holds a secret", written.file.string()), "remove it by hand"));
  }
  return write(exchange, written.number, secrets_.size());
}

Status Recorder::stop() {
  relay_->stop();
  std::vector<Written> written;
  {
    const std::scoped_lock lock(mutex_);
    written.swap(written_);
  }
  Status searched;
  for (const Written& each : written) {
    Status status = each.known_secrets < secrets_.size() ? search_again(each) : Status();
    searched = searched ? std::move(status) : std::move(searched);
  }
  const std::scoped_lock lock(mutex_);
  return trouble_ ? searched : trouble_;
}

}  // namespace lakeflow
