#include "sources/healthcare/fhir/fhir_search_reader.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <xxhash.h>

#include "base/redaction.h"

namespace lakeflow {
namespace {

constexpr int kExpirations = 3;  // in a row, without a new resource between them

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
  begin_search({.since = position_.at});
}

Result<std::variant<RawRecords, End>> FhirSearchReader::next() {
  if (!position_.pass) {
    return End::kCaughtUp;
  }
  if (context_.deadline && std::chrono::steady_clock::now() >= *context_.deadline && may_end_here()) {
    return End::kLimit;
  }
  LAKEFLOW_ASSIGN(const FhirPage page, fetch_page());
  if (next_url_.empty()) {
    LAKEFLOW_TRY(check_filter_was_understood(page, options_.type, options_.filter));
  }
  if (!position_.pass->date) {
    position_.pass->date = page.date;
  }
  if (!order_judged_ && (!page.answer.next_link.empty() || is_cut_short(page))) {
    LAKEFLOW_ASSIGN(const std::string_view evidence, evidence_against_order(server_, search_, options_.type, page, context_.stop));
    order_judged_ = true;
    if (!evidence.empty()) {
      distrust_order(evidence);
    }
  }
  RawRecords records = take_entries(page);
  LAKEFLOW_TRY(choose_next_request(page));
  return records;
}

// A search of one page whose server counted more than it gave, and that has no link to more: servers cap what a search gives.
bool FhirSearchReader::is_cut_short(const FhirPage& page) const {
  return next_url_.empty() && page.answer.next_link.empty() && page.answer.total && page.answer.entries.size() < *page.answer.total;
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

void FhirSearchReader::begin_search(const FhirSearch& search) {
  search_ = search;
  search_.counted = search.counted && counts_;
  search_.further = options_.filter + (options_.filter.empty() || options_.elements.empty() ? "" : "&") + options_.elements;
  least_ = 0;
  proof_.begin_search();
  begin_reading();
}

// The search again, from its first page.
void FhirSearchReader::begin_reading() {
  next_url_.clear();
  followed_.clear();
  last_met_.reset();
  proof_.begin_reading();
}

// A page of the search, the first or one that a link led to. Paging that expired begins again from the last place that is known.
Result<FhirPage> FhirSearchReader::fetch_page() {
  while (true) {  // until a page comes, or kExpirations
    const std::string url = next_url_.empty() ? search_.url(server_.base_url(), options_.type, "_lastUpdated", options_.page_size) : next_url_;
    Result<std::optional<FhirPage>> answered = server_.get_bundle(url, context_.stop);
    if (!answered && next_url_.empty() && search_.counted && answered.error().kind() != ErrorKind::kInterrupted) {
      counts_ = false;  // it may be what the server refuses
      search_.counted = false;
      continue;
    }
    LAKEFLOW_ASSIGN(std::optional<FhirPage> page, std::move(answered));
    if (page) {
      return *std::move(page);
    }
    if (next_url_.empty()) {
      return std::unexpected(Error::source(fmt::format("{} answered that it is not there (404 or 410)", redact_url(url)),
                                           fmt::format("check fhir_base_url, and that the server has the resource type {}", options_.type)));
    }
    if (++expirations_ > kExpirations) {
      return std::unexpected(
          Error::source(fmt::format("{}: its paging expired {} times in a row while it gave nothing more", redact_url(url), kExpirations),
                        "ask for larger pages (page_size), or let the server keep its searches for longer"));
    }
    context_.log->log(LogLevel::kInfo, "the server's paging expired: reading the search again", {{"table", options_.type}});
    begin_reading();
  }
}

RawRecords FhirSearchReader::take_entries(const FhirPage& page) {
  RawRecords records;
  records.buffer = page.text;
  records.origins.push_back(redact_url(page.url));
  records.bytes_read = page.wire_bytes;
  proof_.take_page(page.answer.total, page.date);
  for (const fhir::BundleEntry& entry : page.answer.entries) {
    if (const std::string_view reason = reason_to_leave_out(entry, options_.type); !reason.empty()) {
      ++records.filtered[std::string(reason)];
      continue;
    }
    if (entry.resource.empty()) {
      records.broken.push_back({{.bytes = entry.bytes, .position = pages_}, "no_resource", "an entry of the Bundle without a resource"});
      continue;
    }
    const RawRecord record{.bytes = entry.resource, .position = pages_};
    const std::optional<TimestampMicros> time = parse_utc(entry.last_updated);
    const std::uint64_t hash = SeenVersions::hash_of(entry);
    proof_.take_version(hash, time);
    if (options_.ids_met != nullptr) {
      options_.ids_met->push_back(hash_of_id(entry.id));
    }
    if (!time) {
      records.broken.push_back({record, "no_last_updated", "the server gave no full meta.lastUpdated, by which versions are ordered"});
      warn_once(warned_of_times_, "the server gives resources without meta.lastUpdated: they go to quarantine; strategy: compare reads them");
      continue;
    }
    if (last_met_ && *time < *last_met_) {
      distrust_order("the order of its answer");
    }
    last_met_ = std::max(last_met_, time);
    const bool is_too_old = search_.since && *time < *search_.since;
    if (is_too_old || (search_.until && *time >= *search_.until)) {
      distrust_filter();
    }
    if (is_too_old || !seen_.meet(*time, hash)) {
      ++records.filtered["already_read"];
      continue;
    }
    position_.pass->high = std::max(position_.pass->high, time);
    if (options_.ids_returned != nullptr) {
      options_.ids_returned->push_back(hash_of_id(entry.id));
    }
    records.records.push_back(record);
  }
  ++pages_;
  returned_ += records.records.size();
  expirations_ = records.records.empty() ? expirations_ : 0;
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
    context_.log->log(LogLevel::kWarning, message, {{"table", options_.type}});
  }
}

}  // namespace lakeflow
