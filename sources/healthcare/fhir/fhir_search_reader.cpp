#include "sources/healthcare/fhir/fhir_search_reader.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <xxhash.h>

#include "base/redaction.h"

namespace lakeflow {
namespace {

constexpr TimestampMicros kSecond = 1'000'000;

std::string overflow_warning() {
  return fmt::format(
      "more than {} versions fall within what may be read again: the earliest of them come again, which changes nothing unless the table's "
      "scd_type is APPEND_ONLY; a shorter look_back helps",
      SeenVersions::kMost);
}

}  // namespace

FhirSearchReader::FhirSearchReader(FhirServer& server, FhirSearchOptions options, FhirPosition start, bool is_start, SeenVersions seen,
                                   const ReadContext& context)
    : server_(server),
      options_(std::move(options)),
      context_(context),
      position_(start),
      seen_(std::move(seen)),
      start_(std::move(start)),
      is_start_(is_start) {
  if (!position_.pass) {
    position_.pass = FhirPass{.from = {}, .date = {}, .high = position_.at};
    if (position_.at) {
      position_.pass->from = floor_to_second(*position_.at - options_.look_back);
    }
    position_.at = position_.pass->from;
  }
  begin_course();
}

// One request after the other, from where the pass stands.
void FhirSearchReader::begin_course() {
  ahead_.reset();
  const FhirCourseRange range{.from = position_.pass->from, .start = position_.at, .until = {}};
  course_ = std::make_unique<FhirSearchCourse>(server_, options_.terms, range, habits_, *context_.log);
}

Result<std::variant<RawRecords, End>> FhirSearchReader::next() {
  if (!position_.pass) {
    return End::kCaughtUp;
  }
  if (context_.deadline && std::chrono::steady_clock::now() >= *context_.deadline && may_end_here()) {
    return End::kLimit;
  }
  if (backlog_) {
    LAKEFLOW_TRY(read_ahead(*std::exchange(backlog_, std::nullopt)));
  }
  LAKEFLOW_ASSIGN(const FhirCoursePage page, next_page());
  // From here on nothing fails: what is taken is returned.
  if (!position_.pass->date) {
    position_.pass->date = page.page.date;
  }
  RawRecords records = take_resources(page);
  go_on(page);
  return records;
}

Result<FhirCoursePage> FhirSearchReader::next_page() {
  if (ahead_ != nullptr) {
    LAKEFLOW_ASSIGN(std::optional<FhirCoursePage> page, ahead_->next());
    if (page) {
      return *std::move(page);
    }
    position_.at = ahead_->end();
    may_ask_for_windows_ = !ahead_->lacks_counts();
    habits_.order_judged = false;  // by the time what has changed meanwhile may be much, too
    begin_course();                // what comes behind the windows
  }
  return course_->next(context_.stop);
}

// What follows from a page for the position, and for the pages after it.
void FhirSearchReader::go_on(const FhirCoursePage& page) {
  if (ahead_ != nullptr && !page.habits.keeps_filter) {
    // It may keep to one limit and not to two: the next course sees.
    position_.at = page.at;
    end_reading_ahead("the server does not keep to both limits of _lastUpdated");
    return;
  }
  learn(page);
  position_.at = page.at;
  if (page.settled) {
    forget_before(*page.settled);
  }
  if (page.falls_short) {
    warn_once(warned_of_count_, "the server counts more resources than it gives: some may be missing");
  }
  if (ahead_ != nullptr) {
    if (!habits_.keeps_order) {
      position_.at = position_.pass->from;
      end_reading_ahead("the server does not keep the order");
    }
  } else if (page.is_last) {
    end_pass();
  } else if (may_read_ahead(page)) {
    // What is changed while windows are read must lie behind them: behind what is the newest now, and, as that may be one of tomorrow, behind the
    // server's clock.
    const TimestampMicros newest = floor_to_second(*std::exchange(newest_, std::nullopt));
    backlog_ = Backlog{.since = *page.at,
                       .until = std::min(newest + kSecond, floor_to_second(*page.page.date)),
                       .page = page.resources.size(),
                       .page_length = *page.at - *page.since};
  }
}

void FhirSearchReader::learn(const FhirCoursePage& page) {
  if (habits_.keeps_order && !page.habits.keeps_order) {
    context_.log->log(LogLevel::kWarning, "the server does not keep the order that is asked for (_sort): a stopped read begins again",
                      {{"table", options_.terms.type}, {"seen_in", std::string(page.evidence_against_order)}});
  }
  if (habits_.keeps_filter && !page.habits.keeps_filter) {
    context_.log->log(LogLevel::kWarning, "the server does not keep to _lastUpdated: it sends what was read before, and every run reads that again",
                      {{"table", options_.terms.type}});
  }
  habits_ = page.habits;
  newest_ = page.newest ? page.newest : newest_;
}

void FhirSearchReader::end_reading_ahead(std::string_view because) {
  context_.log->log(LogLevel::kInfo, "reading ahead ends: pages are asked for one after the other from here on",
                    {{"table", options_.terms.type}, {"because", std::string(because)}});
  may_ask_for_windows_ = false;
  begin_course();
}

// Once the order was judged and a search from a time has shown that it is kept to, and there is more.
bool FhirSearchReader::may_read_ahead(const FhirCoursePage& page) const {
  return server_.parallel_requests() > 1 && may_ask_for_windows_ && newest_ && page.page.date && page.goes_on_by_time && page.since;
}

Status FhirSearchReader::read_ahead(const Backlog& backlog) {
  if (backlog.until <= backlog.since) {
    return {};
  }
  FhirTimeWindows plan(options_.terms, backlog.since, backlog.until, backlog.page, backlog.page_length, *context_.log);
  LAKEFLOW_ASSIGN(const std::optional<FhirTimeWindow> first, plan.next(server_, context_.stop));
  if (!first || first->until == backlog.until) {
    return {};  // no counts, or little
  }
  LAKEFLOW_ASSIGN(ahead_, FhirReadAhead::start(server_, options_.terms, std::move(plan), *first, habits_, context_));
  course_.reset();
  context_.log->log(LogLevel::kInfo, "much is to be read: pages are asked for ahead, in windows of time",
                    {{"table", options_.terms.type}, {"requests_at_a_time", std::to_string(server_.parallel_requests())}});
  return {};
}

// Of before this time nothing comes again in this pass, nor in the next one.
void FhirSearchReader::forget_before(TimestampMicros time) {
  time = std::min(time, position_.pass->date.value_or(time));
  seen_.forget_before(floor_to_second(time - options_.look_back));
}

void FhirSearchReader::end_pass() {
  const FhirPass pass = *std::exchange(position_.pass, std::nullopt);
  position_.at = pass.high && pass.date ? std::min(pass.high, pass.date) : pass.high;
  if (position_.at) {
    seen_.forget_all_before(floor_to_second(*position_.at - options_.look_back));
  }
}

// A whole pass that brought nothing leaves everything as it was.
bool FhirSearchReader::is_unchanged() const { return !position_.pass && !start_.pass && returned_ == 0; }

std::optional<Offset> FhirSearchReader::offset() const { return is_start_ && pages_ == 0 ? std::nullopt : std::optional(position().offset()); }

FhirPosition FhirSearchReader::position() const {
  if (pages_ == 0 || (is_unchanged() && !is_start_)) {
    return start_;
  }
  FhirPosition position = position_;
  position.changes = seen_.changes();
  return position;
}

std::uint64_t FhirSearchReader::hash_of_id(std::string_view id) { return XXH3_64bits(id.data(), id.size()); }

StateDelta FhirSearchReader::state_delta() { return is_unchanged() ? StateDelta() : seen_.delta(); }

RawRecords FhirSearchReader::take_resources(const FhirCoursePage& looked_at) {
  const FhirPage& page = looked_at.page;
  RawRecords records;
  records.buffer = page.text;
  records.origins.push_back(redact_url(page.url));
  records.bytes_read = page.wire_bytes;
  records.filtered = looked_at.left_out;
  for (const std::size_t empty : looked_at.empty_entries) {
    records.broken.push_back(
        {{.bytes = page.answer.entries[empty].bytes, .position = pages_}, "no_resource", "an entry of the Bundle without a resource"});
  }
  for (const FhirCoursePage::Resource& resource : looked_at.resources) {
    const fhir::BundleEntry& entry = page.answer.entries[resource.entry];
    const RawRecord record{.bytes = entry.resource, .position = pages_};
    if (options_.ids_met != nullptr) {
      options_.ids_met->push_back(hash_of_id(entry.id));
    }
    if (!resource.time) {
      records.broken.push_back({record, "no_last_updated", "the server gave no full meta.lastUpdated, by which versions are ordered"});
      warn_once(warned_of_times_, "the server gives resources without meta.lastUpdated: they go to quarantine; strategy: compare reads them");
      continue;
    }
    if (resource.is_too_old || !seen_.meet(*resource.time, resource.version)) {
      ++records.filtered["already_read"];
      continue;
    }
    position_.pass->high = std::max(position_.pass->high, resource.time);
    if (options_.ids_returned != nullptr) {
      options_.ids_returned->push_back(hash_of_id(entry.id));
    }
    if (options_.versions_returned != nullptr) {
      options_.versions_returned->push_back(resource.version);
    }
    records.records.push_back(record);
  }
  ++pages_;
  returned_ += records.records.size();
  if (seen_.overflowed()) {
    warn_once(warned_of_memory_, overflow_warning());
  }
  return records;
}

// A read that ends early must have come further than its start, or it would end at the same place for ever.
bool FhirSearchReader::may_end_here() const {
  return returned_ > 0 && (position_.at != start_.at || (context_.state != nullptr && !seen_.overflowed()));
}

void FhirSearchReader::warn_once(bool& warned, std::string_view message) {
  if (!std::exchange(warned, true)) {
    context_.log->log(LogLevel::kWarning, message, {{"table", options_.terms.type}});
  }
}

}  // namespace lakeflow
