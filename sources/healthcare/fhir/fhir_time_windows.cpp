#include "sources/healthcare/fhir/fhir_time_windows.h"

#include <algorithm>
#include <utility>

namespace lakeflow {
namespace {

constexpr double kSecond = 1e6;
constexpr double kFirstPages = 2;         // in a window
constexpr double kMostPages = 8;          // in later ones
constexpr double kMorePages = 1.25;       // times, from window to window
constexpr double kTooMany = 2;            // times as many resources as a window should have
constexpr double kTooFew = 0.25;          // likewise
constexpr double kFastestGrowth = 16;     // of a window, where there are few resources
constexpr double kFastestShrinking = 64;  // where there are many

}  // namespace

FhirTimeWindows::FhirTimeWindows(FhirSearchTerms terms, TimestampMicros since, TimestampMicros until, std::size_t page, TimestampMicros page_length,
                                 Logger& log)
    : terms_(std::move(terms)),
      since_(since),
      until_(until),
      page_(static_cast<double>(std::max<std::size_t>(page, 1))),
      pages_(kFirstPages),
      length_(static_cast<double>(page_length) * kFirstPages),
      log_(log) {}

Result<std::optional<FhirTimeWindow>> FhirTimeWindows::next(FhirServer& server, const std::stop_token& stop) {
  if (since_ >= until_ || lacks_counts_) {
    return std::nullopt;
  }
  const double wanted = page_ * pages_;
  const TimestampMicros shortest = end_after(0);
  std::optional<std::pair<TimestampMicros, std::uint64_t>> too_few;  // an end that is known to leave too few
  TimestampMicros end = end_after(length_);
  while (true) {  // until the window is neither grown nor shrunk, which it is by a factor each time, and first the one and then the other
    LAKEFLOW_ASSIGN(const std::optional<std::uint64_t> counted, count(server, {.since = since_, .until = end}, stop));
    if (!counted) {
      lacks_counts_ = true;
      log_.log(LogLevel::kInfo, "the server does not count (_summary=count): pages are asked for one after the other", {{"table", terms_.type}});
      return std::nullopt;
    }
    const auto found = static_cast<double>(*counted);
    const auto length = static_cast<double>(end - since_);
    if (found > kTooMany * wanted && end > shortest) {
      if (too_few) {
        return take(too_few->first, too_few->second);
      }
      end = end_after(length * std::max(wanted / found, 1 / kFastestShrinking));
    } else if (found < kTooFew * wanted && end < until_) {
      too_few = {end, *counted};
      end = end_after(length * std::clamp(wanted / std::max(found, 1.0), 2.0, kFastestGrowth));
    } else {
      return take(end, *counted);
    }
  }
}

// A whole second, the next one at least.
TimestampMicros FhirTimeWindows::end_after(double length) const {
  const double left = static_cast<double>(until_ - since_);
  if (length >= left) {
    return until_;
  }
  return std::min(until_, floor_to_second(since_ + static_cast<TimestampMicros>(std::max(length, kSecond))));
}

std::optional<FhirTimeWindow> FhirTimeWindows::take(TimestampMicros end, std::uint64_t resources) {
  const FhirTimeWindow window{.since = since_, .until = end};
  pages_ = std::min(pages_ * kMorePages, kMostPages);
  const double fit = page_ * pages_ / std::max(static_cast<double>(resources), 1.0);
  length_ = static_cast<double>(end - since_) * std::clamp(fit, 1 / kFastestShrinking, kFastestGrowth);
  since_ = end;
  return window;
}

// Nothing where the server does not give it.
Result<std::optional<std::uint64_t>> FhirTimeWindows::count(FhirServer& server, const FhirTimeWindow& window, const std::stop_token& stop) {
  const FhirSearch search{.since = window.since, .until = window.until, .further = terms_.filter};
  const Result<std::optional<FhirPage>> answered = server.get_bundle(search.count_url(server.base_url(), terms_.type), stop);
  if (!answered && answered.error().kind() == ErrorKind::kInterrupted) {
    return std::unexpected(answered.error());
  }
  return answered && *answered ? (*answered)->answer.total : std::nullopt;
}

}  // namespace lakeflow
