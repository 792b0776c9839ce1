// The half of FhirSearchReader that decides what is asked for next, and what is known by then.

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/redaction.h"
#include "sources/healthcare/fhir/fhir_search_reader.h"

namespace lakeflow {
namespace {

constexpr TimestampMicros kSecond = 1'000'000;
constexpr int kEmptyPages = 100;  // in a row, each with a link to the next
constexpr int kReadings = 5;      // of a search that changes of the server's data ran into
constexpr std::uint64_t kPages = 10'000'000;

}  // namespace

Status FhirSearchReader::choose_next_request(const FhirPage& page) {
  const std::string& link = page.answer.next_link;
  empty_pages_ = page.answer.entries.empty() ? empty_pages_ + 1 : 0;
  if (!link.empty() && (empty_pages_ > kEmptyPages || pages_ > kPages)) {
    return std::unexpected(Error::source(fmt::format("{} sends pages without end", redact_url(page.url)), "the server's log may say why"));
  }
  const std::optional<TimestampMicros> from = position_.pass->from;
  if (!order_kept_ && (search_.until || search_.since != from)) {
    begin_search({.since = from});  // what lies between may be missing
    return {};
  }
  if (!filter_kept_ && search_.until) {
    begin_search({.since = search_.since});
    return {};
  }
  const bool is_by_time = order_kept_ && filter_kept_ && search_.since <= last_met_;
  if (link.empty()) {
    if (is_cut_short(page) && is_by_time && search_.since < last_met_ && !search_.until) {
      advance();
      begin_search({.since = last_met_});
      return {};
    }
    return end_search();
  }
  if (!next_url_.empty()) {
    return follow(page);
  }
  // The first page of a search that has more.
  if (is_by_time && search_.since < last_met_) {
    advance();
    begin_search({.since = last_met_});
    return {};
  }
  if (is_by_time && search_.since && !search_.until) {
    const std::size_t least = proof_.versions();
    begin_search({.since = search_.since, .until = floor_to_second(*search_.since) + kSecond, .counted = true});
    least_ = least;
    return {};
  }
  if (!search_.counted && counts_ && !page.answer.total) {
    begin_search({.since = search_.since, .until = search_.until, .counted = true});
    return {};
  }
  return follow(page);
}

Status FhirSearchReader::follow(const FhirPage& page) {
  LAKEFLOW_ASSIGN(next_url_, resolve_url(page.url, page.answer.next_link));
  if (!followed_.insert(next_url_).second) {
    return std::unexpected(
        Error::source(fmt::format("{} gives the same next link again", redact_url(page.url)), "the server's paging goes in a circle"));
  }
  return {};
}

// A search came to its last page.
Status FhirSearchReader::end_search() {
  if (search_.until && proof_.versions() < least_) {
    distrust_filter();  // a limit that leaves out what lies within it
    begin_search({.since = search_.since});
    return {};
  }
  if (!proof_.holds()) {
    if (proof_.readings() >= kReadings) {
      return std::unexpected(Error::source(
          fmt::format("{}: the server's data changed under each of {} readings of pages that depend on each other, so a resource may be missing",
                      options_.type, kReadings),
          "what was read is kept, and the next run goes over the same time again: run while less is written, or with larger pages (page_size)"));
    }
    begin_reading();
    return {};
  }
  if (proof_.falls_short()) {
    warn_once(warned_of_count_, "the server counts more resources than it gives: some may be missing");
  }
  if (search_.until) {
    advance();
    begin_search({.since = search_.until});
  } else {
    end_pass();
  }
  return {};
}

// What was met is whole, and in the order of time.
void FhirSearchReader::advance() {
  position_.at = std::max(position_.at, last_met_);
  forget_what_cannot_come_again();
}

void FhirSearchReader::distrust_order(std::string_view evidence) {
  if (order_kept_) {
    order_kept_ = false;
    position_.at = position_.pass->from;
    context_.log->log(LogLevel::kWarning, "the server does not keep the order that is asked for (_sort): a stopped read begins again",
                      {{"table", options_.type}, {"seen_in", std::string(evidence)}});
  }
}

void FhirSearchReader::distrust_filter() {
  if (filter_kept_) {
    filter_kept_ = false;
    context_.log->log(LogLevel::kWarning, "the server does not keep to _lastUpdated: it sends what was read before, and every run reads that again",
                      {{"table", options_.type}});
  }
}

void FhirSearchReader::forget_what_cannot_come_again() {
  // Nothing is less than any time: where a search began at the beginning of all times, nothing is forgotten.
  std::optional<TimestampMicros> time = std::min(position_.at, search_.since);
  time = std::min(time, position_.pass->date ? position_.pass->date : time);
  if (time) {
    seen_.forget_before(floor_to_second(*time - options_.look_back));
  }
}

void FhirSearchReader::end_pass() {
  const FhirPass pass = *std::exchange(position_.pass, std::nullopt);
  position_.at = pass.high && pass.date ? std::min(pass.high, pass.date) : pass.high;
  if (position_.at) {
    seen_.forget_all_before(floor_to_second(*position_.at - options_.look_back));
  }
}

}  // namespace lakeflow
