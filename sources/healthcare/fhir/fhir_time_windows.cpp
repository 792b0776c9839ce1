#include "sources/healthcare/fhir/fhir_time_windows.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace lakeflow {
namespace {

constexpr TimestampMicros kSecond = 1'000'000;
constexpr double kPagesAWindow = 4;
constexpr double kFirstPages = 4;         // that are counted at once
constexpr double kMostPages = 16;         // later
constexpr double kMorePages = 1.5;        // times, from one to the next
constexpr double kFilled = 0.97;          // of its pages is a window, so that it seldom needs another one for the rest
constexpr double kTooMany = 2;            // times as many resources as should be counted
constexpr double kTooFew = 0.25;          // likewise
constexpr double kFastestGrowth = 64;     // of what is counted at once
constexpr double kFastestShrinking = 64;  // likewise
constexpr double kLopsided = 0.125;       // of what a part was expected to have

// A whole second later than `since`, at `length` from it or before, but not behind `until`.
TimestampMicros end_of(TimestampMicros since, double length, TimestampMicros until) {
  const double left = static_cast<double>(until - since);
  if (length >= left) {
    return until;
  }
  const auto whole = static_cast<TimestampMicros>(std::max(length, static_cast<double>(kSecond)));
  return std::min(until, floor_to_second(since + whole));
}

}  // namespace

FhirTimeWindows::FhirTimeWindows(FhirSearchTerms terms, TimestampMicros since, TimestampMicros until, std::size_t page, TimestampMicros page_length,
                                 Logger& log)
    : terms_(std::move(terms)),
      since_(since),
      until_(until),
      page_(std::max(1.0, kFilled * (static_cast<double>(page) - 1))),  // each page has the last resource of the one before again
      pages_(kFirstPages),
      length_(static_cast<double>(page_length) * kFirstPages),
      log_(log) {}

Result<std::optional<FhirTimeWindow>> FhirTimeWindows::next(FhirServer& server, const std::stop_token& stop) {
  const double wanted = page_ * pages_;
  TimestampMicros end = since_;  // of what will be windows, as far as it has grown
  double resources = 0;
  while (windows_.empty() && end < until_ && !lacks_counts_) {  // each time that grows, or the part behind it is known, or shorter
    if (parts_.empty()) {
      LAKEFLOW_ASSIGN(const bool was_counted, count(server, end, end_of(end, length_, until_), stop));
      if (was_counted && parts_.back().resources < kTooFew * wanted) {
        length_ *= std::clamp(wanted / std::max(parts_.back().resources, 1.0), 2.0, kFastestGrowth);
      }
      continue;
    }
    const Part part = parts_.back();
    const bool fits = resources + part.resources <= kTooMany * wanted;
    const bool is_whole = end_of(part.since, 0, part.until) == part.until;  // a second or less
    if (!fits && !is_whole) {
      LAKEFLOW_TRY(split(server, wanted - resources, stop));
    } else if (!fits && resources > 0) {
      take(end, resources);
    } else {
      parts_.pop_back();
      end = part.until;
      resources += part.resources;
      if (resources >= kTooFew * wanted || end == until_) {
        take(end, resources);
      }
    }
  }
  if (windows_.empty()) {
    return std::nullopt;
  }
  const FhirTimeWindow window = windows_.front();
  windows_.pop_front();
  return window;
}

// Windows of one length, up to here.
void FhirTimeWindows::take(TimestampMicros end, double resources) {
  const double length = static_cast<double>(end - since_);
  const double count = std::max(1.0, std::round(resources / (page_ * kPagesAWindow)));
  pages_ = std::min(pages_ * kMorePages, kMostPages);
  length_ = length * std::clamp(page_ * pages_ / std::max(resources, 1.0), 1 / kFastestShrinking, kFastestGrowth);
  while (since_ < end) {
    const TimestampMicros next = end_of(since_, length / count, end);
    windows_.push_back({.since = since_, .until = next});
    since_ = next;
  }
}

// Divides the first part: where it is likely to have as many as are wanted, or in the middle, where that likelihood has just been wrong.
Result<bool> FhirTimeWindows::split(FhirServer& server, double wanted, const std::stop_token& stop) {
  const Part part = parts_.back();
  const double share = was_lopsided_ ? 0.5 : std::min(0.5, wanted / part.resources);
  const TimestampMicros middle = end_of(part.since, static_cast<double>(part.until - part.since) * share, part.until);
  parts_.pop_back();
  parts_.push_back({.since = middle, .until = part.until, .resources = 0});
  LAKEFLOW_ASSIGN(const bool was_counted, count(server, part.since, middle, stop));
  if (was_counted) {
    const double first = parts_.back().resources;
    const double expected = share * part.resources;
    was_lopsided_ = first < kLopsided * expected || first > expected / kLopsided;
    parts_[parts_.size() - 2].resources = std::max(0.0, part.resources - first);
  }
  return was_counted;
}

// Counts a part, which is the first then. False where the server gives no count. An error only where a stop was asked for.
Result<bool> FhirTimeWindows::count(FhirServer& server, TimestampMicros since, TimestampMicros until, const std::stop_token& stop) {
  const FhirSearch search{.since = since, .until = until, .further = terms_.filter};
  const Result<std::optional<FhirPage>> answered = server.get_bundle(search.count_url(server.base_url(), terms_.type), stop);
  if (!answered && answered.error().kind() == ErrorKind::kInterrupted) {
    return std::unexpected(answered.error());
  }
  if (!answered || !*answered || !(*answered)->answer.total) {
    lacks_counts_ = true;
    log_.log(LogLevel::kInfo, "the server does not count (_summary=count): pages are asked for one after the other", {{"table", terms_.type}});
    return false;
  }
  parts_.push_back({.since = since, .until = until, .resources = static_cast<double>(*(*answered)->answer.total)});
  return true;
}

}  // namespace lakeflow
