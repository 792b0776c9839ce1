#include "sources/healthcare/fhir/fhir_history_reader.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <xxhash.h>

#include "base/redaction.h"
#include "sources/healthcare/fhir/fhir_search.h"
#include "sources/healthcare/fhir/fhir_search_reader.h"

namespace lakeflow {
namespace {

constexpr TimestampMicros kMicrosecond = 1;
constexpr int kReadings = 5;  // of a window that gave fewer entries than the server counted

std::uint64_t hash_of_text(std::string_view text) { return XXH3_64bits(text.data(), text.size()); }

// A deletion's version, known again by its number, or by what came after it.
std::uint64_t hash_of_deletion(const FhirDeletion& deletion, std::uint64_t newer) {
  const std::string id = deletion.id + '\0';
  return hash_of_text(deletion.version_id.empty() ? fmt::format("{}deleted before {}", id, newer) : id + deletion.version_id);
}

}  // namespace

// What one page gives: views into its text, and into the texts of deletions, which are made here.
class FhirHistoryReader::Records {
 public:
  Records(const FhirPage& page, std::uint64_t number) : held_(std::make_shared<Held>()), number_(number) {
    held_->page = page.text;
    records.origins.push_back(redact_url(page.url));
    records.bytes_read = page.wire_bytes;
  }
  void add(std::string_view bytes) { records.records.push_back({.bytes = bytes, .position = number_}); }
  void add_deletion(std::string text, std::uint64_t page) {
    const std::size_t size = text.size();
    text.append(kPadding, ' ');
    held_->deletions.push_back(std::move(text));
    records.records.push_back(
        {.bytes = std::string_view(held_->deletions.back()).substr(0, size), .operation = Operation::kDelete, .position = page});
  }
  void add_broken(std::string_view bytes, std::string reason, std::string detail) {
    records.broken.push_back({{.bytes = bytes, .position = number_}, std::move(reason), std::move(detail)});
  }
  void leave_out(std::string_view reason) { ++records.filtered[std::string(reason)]; }
  RawRecords take() {
    records.buffer = held_;
    return std::move(records);
  }
  std::size_t size() const { return records.records.size(); }

 private:
  struct Held {
    std::shared_ptr<std::string> page;
    std::deque<std::string> deletions;  // never moved
  };
  std::shared_ptr<Held> held_;
  std::uint64_t number_;
  RawRecords records;
};

FhirHistoryReader::FhirHistoryReader(FhirServer& server, FhirHistoryOptions options, FhirPosition start, SeenVersions seen,
                                     const ReadContext& context)
    : server_(server),
      options_(std::move(options)),
      context_(context),
      start_(std::move(start)),
      position_(start_),
      seen_(std::move(seen)),
      since_(std::max<TimestampMicros>(floor_to_second(start_.at.value_or(0) - options_.look_back), 0)),
      high_(start_.at) {}

Result<std::variant<RawRecords, End>> FhirHistoryReader::next() {
  if (ended_) {
    return End::kCaughtUp;
  }
  LAKEFLOW_ASSIGN(const FhirPage page, fetch_page());
  if (!date_) {
    date_ = page.date;
  }
  Records records(page, pages_);
  take_entries(page, records);
  ++pages_;
  ++pages_of_reading_;
  if (page.answer.next_link.empty() || is_past_window_) {
    // Nothing older is in the window: it is younger than its beginning.
    place_waiting(since_, records);
    LAKEFLOW_TRY(end_reading());
  } else {
    LAKEFLOW_TRY(paging_.follow(page));
  }
  returned_ += records.size();
  if (records.size() > 0) {
    paging_.note_progress();
  }
  return records.take();
}

std::optional<Offset> FhirHistoryReader::offset() const { return ended_ ? std::optional(position().offset()) : std::nullopt; }

FhirPosition FhirHistoryReader::position() const {
  if (!ended_ || returned_ == 0) {
    return start_;
  }
  FhirPosition position = position_;
  position.changes = seen_.changes();
  return position;
}

StateDelta FhirHistoryReader::state_delta() { return returned_ == 0 ? StateDelta() : seen_.delta(); }

void FhirHistoryReader::begin_reading() {
  paging_.begin();
  pages_of_reading_ = 0;
  total_.reset();
  newer_.clear();
  waiting_.clear();
  met_.clear();
}

Result<FhirPage> FhirHistoryReader::fetch_page() {
  while (true) {  // until a page comes, or its links expire too often
    const std::string url = paging_.is_at_first_page() ? fmt::format("{}/{}/_history?_since={}&_count={}", server_.base_url(), options_.type,
                                                                     percent_encode(format_utc(since_)), options_.page_size)
                                                       : paging_.next_url();
    LAKEFLOW_ASSIGN(std::optional<FhirPage> page, server_.get_bundle(url, context_.stop));
    if (page) {
      return *std::move(page);
    }
    if (paging_.is_at_first_page()) {
      return std::unexpected(Error::source(fmt::format("{} answered that it is not there ({})", redact_url(url), server_.last_status()),
                                           "set strategy: search for this table, or leave it out for auto"));
    }
    LAKEFLOW_TRY(paging_.expire());
    context_.log->log(LogLevel::kInfo, "the server's paging expired: reading the history again", {{"table", options_.type}});
    begin_reading();
  }
}

void FhirHistoryReader::take_entries(const FhirPage& page, Records& into) {
  if (pages_of_reading_ == 0) {
    total_ = page.answer.total;
  }
  std::size_t timed = 0;
  std::size_t older = 0;
  for (const fhir::BundleEntry& entry : page.answer.entries) {
    std::optional<FhirDeletion> deletion = deletion_of(entry);
    if (entry.resource_type == "OperationOutcome" && options_.type != entry.resource_type) {
      into.leave_out("search_outcome");
      continue;
    }
    const std::string_view type = deletion ? std::string_view(deletion->type) : std::string_view(entry.resource_type);
    if (!type.empty() && type != options_.type) {
      into.leave_out("other_type");
      continue;
    }
    const std::optional<TimestampMicros> time = deletion ? deletion->time : parse_utc(entry.last_updated);
    timed += time ? 1U : 0U;
    if (time && *time < since_) {
      ++older;
      place_waiting(*time, into);
      into.leave_out("already_read");
    } else if (deletion) {
      take_deletion(*std::move(deletion), into);
    } else {
      take_version(entry, into);
    }
  }
  if (older > 0 && std::exchange(since_kept_, false)) {
    warn("the server does not keep to _since: it sends what was read before");
  }
  is_past_window_ = timed > 0 && older == timed;
}

void FhirHistoryReader::take_version(const fhir::BundleEntry& entry, Records& into) {
  if (entry.resource.empty()) {
    into.add_broken(entry.bytes, "no_resource", "an entry of the history without a resource, and no deletion");
    return;
  }
  const std::optional<TimestampMicros> time = parse_utc(entry.last_updated);
  const std::uint64_t hash = SeenVersions::hash_of(entry);
  if (!met_.insert(hash).second) {  // what was written meanwhile moved it to this page, too
    into.leave_out("already_read");
    return;
  }
  if (!time) {
    into.add_broken(entry.resource, "no_last_updated", "the server gave no full meta.lastUpdated, by which versions are ordered");
    if (!std::exchange(warned_of_times_, true)) {
      warn("the server gives resources without meta.lastUpdated: they go to quarantine; strategy: compare reads them");
    }
    return;
  }
  place_waiting(*time, into);
  Newer& newer = newer_[hash_of_text(entry.id)];
  const bool is_newest_of_its_time = newer.upsert != time || newer.hash == hash;
  if (newer.upsert && *newer.upsert < *time && std::exchange(order_kept_, false)) {
    warn("the server's history is not newest first: deletions that it gives no time are left to the comparison of ids");
  }
  newer = {.upsert = time, .hash = hash, .is_deletion = false};
  note_time(*time);
  if (!seen_.meet(*time, hash)) {
    into.leave_out("already_read");
  } else if (!is_newest_of_its_time && order_kept_) {
    into.leave_out("older_version_of_the_same_time");
  } else {
    into.add(entry.resource);
    note_returned(entry.id);
  }
}

void FhirHistoryReader::note_returned(std::string_view id) {
  if (options_.ids_returned != nullptr) {
    options_.ids_returned->push_back(FhirSearchReader::hash_of_id(id));
  }
}

void FhirHistoryReader::take_deletion(FhirDeletion deletion, Records& into) {
  if (deletion.id.empty()) {
    into.leave_out("deletion_without_id");
    if (!std::exchange(warned_of_ids_, true)) {
      warn("the server's history has deletions that don't say of what: they are left to the comparison of ids");
    }
    return;
  }
  Newer& newer = newer_[hash_of_text(deletion.id)];
  const std::uint64_t hash = hash_of_deletion(deletion, newer.hash);
  // No two deletions of a resource stand one upon the other: without a number it is the same once more.
  if ((newer.is_deletion && deletion.version_id.empty()) || !met_.insert(hash).second) {
    into.leave_out("already_read");
    return;
  }
  newer.hash = hash;
  newer.is_deletion = true;
  if (deletion.time) {
    place_waiting(*deletion.time, into);
    note_time(*deletion.time);
  }
  if (seen_.knows(hash)) {
    into.leave_out("already_read");
    return;
  }
  const std::optional<TimestampMicros> time = deletion.time;
  waiting_.push_back({.deletion = std::move(deletion), .hash = hash, .page = pages_, .before = newer.upsert});
  if (time) {
    place_waiting(*time, into);
  }
}

// The deletions that wait took place after this time, and there is nothing between.
void FhirHistoryReader::place_waiting(TimestampMicros after, Records& into) {
  for (; !waiting_.empty(); waiting_.pop_front()) {
    Waiting& waits = waiting_.front();
    if (!waits.deletion.time && !order_kept_) {
      into.leave_out("deletion_without_time");
      continue;
    }
    TimestampMicros time = waits.deletion.time.value_or(after + kMicrosecond);
    if (waits.before) {
      time = std::min(time, *waits.before - kMicrosecond);
    }
    seen_.meet(time, waits.hash);
    note_returned(waits.deletion.id);
    into.add_deletion(delete_record(options_.type, waits.deletion.id, waits.deletion.version_id, time), waits.page);
  }
}

void FhirHistoryReader::note_time(TimestampMicros time) { high_ = std::max(high_, std::optional(time)); }

// The window was read down to its end: either it was whole, or it is read again.
Status FhirHistoryReader::end_reading() {
  ++readings_;
  const bool as_counted = !total_ || is_past_window_ || pages_of_reading_ <= 1 || met_.size() >= *total_;
  const bool came_again = met_before_ && std::ranges::all_of(*met_before_, [this](std::uint64_t hash) { return met_.contains(hash); });
  if (as_counted || came_again) {
    end_window();
    return {};
  }
  if (readings_ >= kReadings) {
    return std::unexpected(
        Error::source(fmt::format("{}: each of {} readings of the history gave fewer versions than the server counted, so one may be missing",
                                  options_.type, kReadings),
                      "nothing of it was kept, and the next run begins again: run while less is written, or with larger pages (page_size)"));
  }
  met_before_ = std::move(met_);
  begin_reading();
  return {};
}

void FhirHistoryReader::end_window() {
  ended_ = true;
  position_.at = high_ && date_ ? std::min(high_, date_) : high_;
  position_.at = std::max(position_.at, start_.at);
  if (position_.at) {
    seen_.forget_all_before(floor_to_second(*position_.at - options_.look_back));
  }
}

void FhirHistoryReader::warn(std::string_view message) { context_.log->log(LogLevel::kWarning, message, {{"table", options_.type}}); }

}  // namespace lakeflow
