// Checks by a network that misbehaves: no row may be lost in silence, and nothing secret may go astray.

#include <algorithm>
#include <chrono>

#include "simulator/http/request_target.h"
#include "testing/connector/check.h"

namespace lakeflow {
namespace {

Finding survives_errors(TableTrial& trial) { return trial.network().survives("a status of 500", "status=500"); }
Finding survives_resets(TableTrial& trial) { return trial.network().survives("a connection reset", "reset"); }
Finding survives_cut_answers(TableTrial& trial) { return trial.network().survives("an answer cut in half", "cut-body"); }
Finding survives_web_pages(TableTrial& trial) { return trial.network().survives("a web page with 200", "html"); }
Finding survives_refused_tokens(TableTrial& trial) { return trial.network().survives("a status of 401", "status=401"); }

// An outage in the middle: longer than most retries, so that who gives up must say so.
Finding survives_an_outage(TableTrial& trial) {
  NetworkTrial& network = trial.network();
  if (auto obstacle = network.obstacle()) {
    return *std::move(obstacle);
  }
  const double seconds = trial.request().outage_seconds;
  const std::size_t from = network.requests() / 2 + 1;
  constexpr std::size_t kMostRequests = 1000;  // that are asked again and again meanwhile
  std::vector<std::string> faults;
  for (std::size_t request = from; request < from + kMostRequests; ++request) {
    faults.push_back(fmt::format("status=503:#{}", request));
  }
  for (int attempt = 1;; ++attempt) {
    const TableReading reading = network.read_with(faults, seconds);
    const std::string how = fmt::format("{:.1f} s of 503 from request {} of {} on", seconds, from, network.requests());
    auto wrong = network.wrong_with(reading, how);
    if (!wrong) {
      return passed("{}: {}", how, reading.error ? "an error, and the rest came when it was read on" : "all rows came");
    }
    if (wrong->verdict == Verdict::kSkipped || attempt == 2) {
      return *std::move(wrong);
    }
  }
}

// A source that says when it may be asked again.
Finding waits_when_it_is_asked_to(TableTrial& trial) {
  NetworkTrial& network = trial.network();
  if (auto obstacle = network.obstacle()) {
    return *std::move(obstacle);
  }
  const std::size_t moment = network.requests() / 2 + 1;
  const std::string how = fmt::format("429 with Retry-After: 1 at request {} of {}", moment, network.requests());
  const TableReading reading = network.read_with({fmt::format("throttle=1:#{}", moment)});
  const std::vector<RelayedRequest> requests = network.relay().requests();
  if (auto wrong = network.wrong_with(reading, how)) {
    return *std::move(wrong);
  }
  const auto refused = std::ranges::find(requests, 429, &RelayedRequest::status);
  if (refused == requests.end()) {
    return skipped("the reading made too few requests to be refused one");
  }
  // What was on its way already is nobody's fault.
  const auto early = std::ranges::count_if(requests, [&](const RelayedRequest& request) {
    return request.at > refused->at + std::chrono::milliseconds(150) && request.at < refused->at + std::chrono::milliseconds(900);
  });
  if (early > 0) {
    return failed("{}: it asked {} times more within that second", how, early);
  }
  return passed("{}: {}", how, reading.error ? "an error, and the rest came when it was read on" : "it waited, and all rows came");
}

// Whatever would let somebody in: the headers that HTTP has for it, and the values of the connection's secrets.
std::string credentials_in(const RelayedRequest& request, const SuiteRequest& suite) {
  constexpr std::size_t kShortest = 6;
  for (const HttpHeader& header : request.headers) {
    std::string name = header.name;
    std::ranges::transform(name, name.begin(), [](unsigned char c) { return static_cast<char>(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c); });
    if (name == "authorization" || name == "cookie") {
      return header.name;
    }
    for (const OptionSpec& option : suite.spec->connection_options) {
      const std::string value = suite.connection_options.text(option.name);
      const bool is_in_url = request.target.contains(value) || percent_decode(request.target).contains(value);
      if (option.secret && value.size() >= kShortest && (header.value.contains(value) || is_in_url || request.body.contains(value))) {
        return option.name;
      }
    }
  }
  return {};
}

Finding keeps_credentials_to_its_host(TableTrial& trial) {
  NetworkTrial& network = trial.network();
  if (auto obstacle = network.obstacle()) {
    return *std::move(obstacle);
  }
  static_cast<void>(network.read_with({}));
  const auto shows = [&](const RelayedRequest& request) { return !credentials_in(request, trial.request()).empty(); };
  if (std::ranges::none_of(network.relay().requests(), shows)) {
    return skipped("the requests carry no credentials");
  }
  std::size_t strangers = 0;
  Finding survived = network.survives("a redirect to another host", "redirect=other-host", [&]() -> std::optional<Finding> {
    for (const RelayedRequest& stranger : network.relay().strangers()) {
      ++strangers;
      if (const std::string what = credentials_in(stranger, trial.request()); !what.empty()) {
        return failed("after a redirect {} came to another host", what);
      }
    }
    return std::nullopt;
  });
  if (survived.verdict == Verdict::kPassed) {
    survived.evidence +=
        strangers == 0 ? "; the other host was not asked" : fmt::format("; the other host was asked {} times, without credentials", strangers);
  }
  return survived;
}

}  // namespace

std::vector<TableCheckOf> network_checks() {
  return {{"survives_errors", "the page that was asked for when the source had a fault",
           "ask again for the page that failed, or return Error::source: never go on behind it", survives_errors},
          {"survives_an_outage", "all that comes behind the moment in which somebody gave up",
           "return Error::source after the last attempt: an end that is none loses what comes behind it", survives_an_outage},
          {"survives_resets", "the page that was under way when the connection broke", "take nothing for the end but what the source says of it",
           survives_resets},
          {"survives_cut_answers", "the second half of a page", "take an answer only whole: by its length, and as JSON to its last bracket",
           survives_cut_answers},
          {"survives_web_pages", "all that comes behind the login page of a proxy",
           "look whether an answer is one of the API before its records are looked for", survives_web_pages},
          {"survives_refused_tokens", "all that comes behind the end of a token", "401 is an error: ask for a new token, or return Error::source",
           survives_refused_tokens},
          {"waits_when_it_is_asked_to", "the good will of a source, which then lets nobody in", "wait as Retry-After says: libs/http does",
           waits_when_it_is_asked_to},
          {"keeps_credentials_to_its_host", "a token, to whoever can make the source redirect",
           "send credentials to the origin of the connection's URL alone: libs/http does", keeps_credentials_to_its_host}};
}

}  // namespace lakeflow
