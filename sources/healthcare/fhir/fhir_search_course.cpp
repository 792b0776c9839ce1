#include "sources/healthcare/fhir/fhir_search_course.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/redaction.h"
#include "sources/healthcare/fhir/fhir_seen_versions.h"

namespace lakeflow {
namespace {

constexpr TimestampMicros kSecond = 1'000'000;
constexpr int kEmptyPages = 100;  // in a row, each with a link to the next
constexpr int kReadings = 5;      // of a search that changes of the server's data ran into
constexpr std::uint64_t kPages = 10'000'000;

}  // namespace

FhirSearchCourse::FhirSearchCourse(FhirServer& server, FhirSearchTerms terms, const FhirCourseRange& range, const FhirHabits& habits, Logger& log)
    : server_(server), terms_(std::move(terms)), range_(range), log_(log), habits_(habits), at_(range.start) {
  begin_search({.since = at_, .until = range_.until});
}

Result<FhirCoursePage> FhirSearchCourse::next(const std::stop_token& stop) {
  FhirCoursePage page;
  LAKEFLOW_ASSIGN(page.page, fetch_page(stop));
  page.since = search_.since;
  if (paging_.is_at_first_page()) {
    LAKEFLOW_TRY(check_filter_was_understood(page.page, terms_.type, terms_.filter));
    LAKEFLOW_TRY(check_filter_was_understood(page.page, terms_.type, terms_.patient, "patients"));
  }
  if (!habits_.order_judged && (!page.page.answer.next_link.empty() || is_cut_short(page.page))) {
    LAKEFLOW_ASSIGN(const FhirOrder order, judge_order(server_, search_, terms_.type, page.page, stop));
    habits_.order_judged = true;
    page.newest = order.newest;
    if (!order.evidence_against.empty()) {
      distrust_order(page, order.evidence_against);
    }
  }
  look_at(page);
  LAKEFLOW_TRY(choose_next_request(page));
  page.at = at_;
  page.habits = habits_;
  return page;
}

// A search of one page whose server counted more than it gave, and that has no link to more: servers cap what a search gives.
bool FhirSearchCourse::is_cut_short(const FhirPage& page) const {
  return paging_.is_at_first_page() && page.answer.next_link.empty() && page.answer.total && page.answer.entries.size() < *page.answer.total;
}

void FhirSearchCourse::begin_search(const FhirSearch& search) {
  search_ = search;
  search_.counted = search.counted && habits_.takes_total;
  search_.further = terms_.patient;
  for (const std::string* more : {&terms_.filter, &terms_.elements}) {
    search_.further += (search_.further.empty() || more->empty() ? "" : "&") + *more;
  }
  is_of_a_second_ = false;
  least_ = 0;
  furthest_ = 0;
  proof_.begin_search();
  begin_reading();
}

// The second of a time that a page's worth shares.
void FhirSearchCourse::begin_second(TimestampMicros time) {
  const std::size_t least = proof_.versions();
  begin_search({.since = time, .until = floor_to_second(time) + kSecond, .counted = true});
  is_of_a_second_ = true;
  least_ = least;
}

// The search again, from its first page.
void FhirSearchCourse::begin_reading() {
  paging_.begin();
  last_met_.reset();
  proof_.begin_reading();
}

// A page of the search, the first or one that a link led to. Paging that expired begins again from the last place that is known.
Result<FhirPage> FhirSearchCourse::fetch_page(const std::stop_token& stop) {
  while (true) {  // until a page comes, or its links expire too often
    const std::string url =
        paging_.is_at_first_page() ? search_.url(server_.base_url(), terms_.type, "_lastUpdated", terms_.page_size) : paging_.next_url();
    Result<std::optional<FhirPage>> answered = server_.get_bundle(url, stop);
    if (!answered && paging_.is_at_first_page() && search_.counted && answered.error().kind() != ErrorKind::kInterrupted) {
      habits_.takes_total = false;  // it may be what the server refuses
      search_.counted = false;
      continue;
    }
    LAKEFLOW_ASSIGN(std::optional<FhirPage> page, std::move(answered));
    if (page) {
      return *std::move(page);
    }
    if (paging_.is_at_first_page()) {
      return std::unexpected(Error::source(fmt::format("{} answered that it is not there (404 or 410)", redact_url(url)),
                                           fmt::format("check fhir_base_url, and that the server has the resource type {}", terms_.type)));
    }
    LAKEFLOW_TRY(paging_.expire());
    log_.log(LogLevel::kInfo, "the server's paging expired: reading the search again", {{"table", terms_.type}});
    begin_reading();
  }
}

void FhirSearchCourse::look_at(FhirCoursePage& page) {
  proof_.take_page(page.page.answer.total, page.page.date);
  const std::vector<fhir::BundleEntry>& entries = page.page.answer.entries;
  page.resources.reserve(entries.size());
  for (std::size_t i = 0; i < entries.size(); ++i) {
    if (const std::string_view reason = reason_to_leave_out(entries[i], terms_.type); !reason.empty()) {
      ++page.left_out[std::string(reason)];
      continue;
    }
    if (entries[i].resource.empty()) {
      page.empty_entries.push_back(i);
      continue;
    }
    const std::optional<TimestampMicros> time = parse_utc(entries[i].last_updated);
    FhirCoursePage::Resource resource{.entry = i, .version = SeenVersions::hash_of(entries[i]), .time = time, .is_too_old = false};
    proof_.take_version(resource.version, time);
    if (time) {
      if (last_met_ && *time < *last_met_) {
        distrust_order(page, "the order of its answer");
      }
      last_met_ = std::max(last_met_, time);
      resource.is_too_old = search_.since && *time < *search_.since;
      if (resource.is_too_old || (search_.until && *time >= *search_.until)) {
        habits_.keeps_filter = false;
      }
    }
    page.resources.push_back(resource);
  }
  ++pages_;
  if (proof_.versions() > furthest_) {
    furthest_ = proof_.versions();
    paging_.note_progress();
  }
}

Status FhirSearchCourse::choose_next_request(FhirCoursePage& looked_at) {
  const FhirPage& page = looked_at.page;
  const std::string& link = page.answer.next_link;
  empty_pages_ = page.answer.entries.empty() ? empty_pages_ + 1 : 0;
  if (!link.empty() && (empty_pages_ > kEmptyPages || pages_ > kPages)) {
    return std::unexpected(Error::source(fmt::format("{} sends pages without end", redact_url(page.url)), "the server's log may say why"));
  }
  if (range_.until && (!habits_.keeps_order || !habits_.keeps_filter)) {
    looked_at.is_last = true;
    return {};
  }
  if (!habits_.keeps_order && (search_.until || search_.since != range_.from)) {
    begin_search({.since = range_.from});  // what lies between may be missing
    return {};
  }
  if (!habits_.keeps_filter && search_.until) {
    begin_search({.since = search_.since});
    return {};
  }
  const bool is_by_time = habits_.keeps_order && habits_.keeps_filter && search_.since <= last_met_;
  if (link.empty()) {
    if (is_cut_short(page) && is_by_time && search_.since < last_met_ && !is_of_a_second_) {
      go_on_by_time(looked_at);
      return {};
    }
    return end_search(looked_at);
  }
  if (!paging_.is_at_first_page()) {
    return paging_.follow(page);
  }
  // The first page of a search that has more.
  if (is_by_time && search_.since < last_met_) {
    go_on_by_time(looked_at);
    return {};
  }
  if (is_by_time && search_.since && !is_of_a_second_) {
    begin_second(*search_.since);
    return {};
  }
  if (!search_.counted && habits_.takes_total && !page.answer.total) {
    const bool is_of_a_second = is_of_a_second_;
    begin_search({.since = search_.since, .until = search_.until, .counted = true});
    is_of_a_second_ = is_of_a_second;
    return {};
  }
  return paging_.follow(page);
}

// A search came to its last page.
Status FhirSearchCourse::end_search(FhirCoursePage& page) {
  if (is_of_a_second_ && proof_.versions() < least_) {
    habits_.keeps_filter = false;  // a limit that leaves out what lies within it
    page.is_last = range_.until.has_value();
    begin_search({.since = search_.since});
    return {};
  }
  if (!proof_.holds()) {
    if (proof_.readings() >= kReadings) {
      return std::unexpected(Error::source(
          fmt::format("{}: the server's data changed under each of {} readings of pages that depend on each other, so a resource may be missing",
                      terms_.type, kReadings),
          "what was read is kept, and the next run goes over the same time again: run while less is written, or with larger pages (page_size)"));
    }
    begin_reading();
    return {};
  }
  page.falls_short = proof_.falls_short();
  if (is_of_a_second_) {
    advance(page);
    const TimestampMicros end = *search_.until;
    page.is_last = range_.until && end >= *range_.until;
    begin_search({.since = end, .until = range_.until});
  } else {
    page.is_last = true;
  }
  if (page.is_last && range_.until) {
    at_ = range_.until;
  }
  return {};
}

// What was met is whole, and in the order of time.
void FhirSearchCourse::advance(FhirCoursePage& page) {
  at_ = std::max(at_, last_met_);
  // Nothing is less than any time: where a search began at the beginning of all times, nothing is settled.
  page.settled = std::min(at_, search_.since);
}

void FhirSearchCourse::go_on_by_time(FhirCoursePage& page) {
  advance(page);
  page.goes_on_by_time = true;
  begin_search({.since = last_met_, .until = range_.until});
}

void FhirSearchCourse::distrust_order(FhirCoursePage& page, std::string_view evidence) {
  if (habits_.keeps_order) {
    habits_.keeps_order = false;
    at_ = range_.from;
    page.evidence_against_order = evidence;
  }
}

}  // namespace lakeflow
