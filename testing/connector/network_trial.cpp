#include "testing/connector/network_trial.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <set>
#include <thread>
#include <utility>

#include "testing/connector/check.h"

namespace lakeflow {
namespace {

bool is_http(std::string_view url) { return url.starts_with("http://") || url.starts_with("https://"); }

// The option that leads to the source: the one that was named, or the first of the spec that is a URL and was given.
std::string source_option(const SuiteRequest& request) {
  if (!request.url_option.empty()) {
    return request.url_option;
  }
  const auto& options = request.spec->connection_options;
  const auto found = std::ranges::find_if(
      options, [&](const OptionSpec& option) { return option.type == OptionType::kUrl && is_http(request.connection_options.text(option.name)); });
  return found == options.end() ? std::string() : found->name;
}

}  // namespace

std::optional<Finding> RelayedSource::obstacle() {
  if (!std::exchange(has_begun_, true)) {
    obstacle_ = start();
  }
  return obstacle_;
}

std::optional<Finding> RelayedSource::start() {
  option_ = source_option(request_);
  if (!is_http(request_.connection_options.text(option_))) {
    return skipped("no option of the connection is the URL of a source over HTTP");
  }
  auto relay = HttpRelay::start(request_.connection_options.text(option_));
  if (!relay) {
    return skipped("there is no relay before the source: {}", relay.error().message());
  }
  relay_ = *std::move(relay);
  return std::nullopt;
}

Options RelayedSource::options() const { return Options{{option_, relay_->base_url()}}; }

std::optional<Finding> NetworkTrial::obstacle() {
  if (!std::exchange(has_begun_, true)) {
    obstacle_ = begin();
  }
  return obstacle_;
}

std::optional<Finding> NetworkTrial::begin() {
  if (!trial_.request().breaks_network) {
    return skipped("nobody wants the network to misbehave (lakeflow test --calm)");
  }
  if (auto obstacle = source_.obstacle()) {
    return obstacle;
  }
  if (auto obstacle = trial_.obstacle()) {
    return obstacle;
  }
  if (trial_.full().rows.empty()) {
    return skipped("the table has no rows");
  }
  calm_ = read_with({});
  requests_ = relay().requests().size();
  if (requests_ == 0) {
    return skipped("reading this table asks nothing of the URL that the relay stands before");
  }
  if (calm_->error) {
    return skipped("through an undisturbed relay the table can't be read as it can without: {}", calm_->error->message());
  }
  // By their number: rows may name the host that they were read from. What is gone meanwhile is gone without the relay, too.
  if (calm_->rows.size() < trial_.full().rows.size() && calm_->rows.size() < trial_.read_anew(trial_.plain_read()).rows.size()) {
    return skipped("through an undisturbed relay the table can't be read as it can without");
  }
  return std::nullopt;
}

TableReading NetworkTrial::read_calmly() {
  relay().clear_faults();
  return trial_.read_anew(trial_.plain_read(), source_.options());
}

TableReading NetworkTrial::read_with(const std::vector<std::string>& faults, double end_after) {
  relay().clear_faults();
  relay().forget();
  for (const std::string& fault : faults) {
    static_cast<void>(relay().inject(fault));  // of our own making
  }
  std::mutex mutex;
  std::condition_variable_any condition;
  const std::jthread ending([&](const std::stop_token& read) {
    std::unique_lock lock(mutex);
    if (end_after > 0 && !condition.wait_for(lock, read, std::chrono::duration<double>(end_after), [] { return false; }) && !read.stop_requested()) {
      relay().clear_faults();
    }
  });
  return trial_.read_anew(trial_.plain_read(), source_.options());
}

std::vector<std::size_t> NetworkTrial::moments() const {
  const std::set<std::size_t> moments{1, std::min<std::size_t>(2, requests_), requests_ / 2 + 1, requests_};
  return {moments.begin(), moments.end()};
}

std::optional<Finding> NetworkTrial::wrong_with(const TableReading& reading, const std::string& how) {
  if (!reading.endless.empty()) {
    return failed("{}: {}", how, reading.endless);
  }
  std::vector<ReadRow> rows = reading.rows;
  if (reading.error) {
    if (reading.error->kind() != ErrorKind::kSource) {
      return failed("{}: it is told as a fault of kind {}: {}", how, error_kind_name(reading.error->kind()), reading.error->message());
    }
    ReadRequest rest = trial_.plain_read();
    rows.clear();
    if (const ReadPlace* const place = reading.last_place()) {
      rest.offset = place->offset;
      rest.state = reading.state_at({}, *place);
      rows.assign(reading.rows.begin(), reading.rows.begin() + static_cast<std::ptrdiff_t>(place->rows));
    }
    relay().clear_faults();
    const TableReading behind = trial_.read_anew(rest, source_.options());
    if (behind.error) {
      return trial_.ended_with(fmt::format("{}, read on behind the error", how), *behind.error);
    }
    rows.insert(rows.end(), behind.rows.begin(), behind.rows.end());
  }
  const auto difference = trial_.difference(calm_->rows, rows, [&] { return read_calmly(); });
  if (!difference) {
    return difference.error();
  }
  if (difference->missing == 0 && difference->doubled == 0 && difference->changed == 0) {
    return std::nullopt;
  }
  return failed("{}: of {} rows {} never come, {} come twice and {} come with another content, and {}", how, calm_->rows.size(), difference->missing,
                difference->doubled, difference->changed, reading.error ? "reading on does not mend it" : "nothing says so");
}

Finding NetworkTrial::survives(std::string_view what, std::string_view fault, const std::function<std::optional<Finding>()>& after) {
  if (auto obstacle = this->obstacle()) {
    return *std::move(obstacle);
  }
  std::size_t struck = 0;
  std::size_t errors = 0;
  for (const std::size_t moment : moments()) {
    const std::string how = fmt::format("{} at request {} of {}", what, moment, requests_);
    // What is wrong twice is no change of the source.
    for (int attempt = 1; attempt <= 2; ++attempt) {
      const TableReading reading = read_with({fmt::format("{}:#{}", fault, moment)});
      const bool has_struck = std::ranges::any_of(relay().requests(), &RelayedRequest::is_spoiled);
      if (auto finding = after ? after() : std::nullopt) {
        return *std::move(finding);
      }
      auto wrong = wrong_with(reading, how);
      if (!wrong) {
        struck += has_struck ? 1U : 0U;
        errors += has_struck && reading.error ? 1U : 0U;
        break;
      }
      if (wrong->verdict == Verdict::kSkipped || attempt == 2) {
        return *std::move(wrong);
      }
    }
  }
  if (struck == 0) {
    return skipped("the reading made too few requests for {} to strike", what);
  }
  return passed("{} at {} of {} requests, one at a time: {}", what, struck, requests_,
                errors == 0        ? "all rows came"
                : errors == struck ? "an error each time, and the rest came when it was read on"
                                   : fmt::format("all rows came, after an error {} times when it was read on", errors));
}

}  // namespace lakeflow
