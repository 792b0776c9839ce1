#include "sources/healthcare/fhir_search_reader.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/redaction.h"

namespace lakeflow {
namespace {

constexpr TimestampMicros kSecond = 1'000'000;
constexpr int kEmptyPages = 100;  // in a row, each with a link to the next
constexpr int kExpirations = 3;   // in a row, without a new resource between them
constexpr int kRepetitions = 3;   // of a pass that changes of the server's data ran into
constexpr std::uint64_t kPages = 10'000'000;

// Servers that keep whole seconds compare whole seconds.
TimestampMicros floor_to_second(TimestampMicros time) { return time - ((time % kSecond) + kSecond) % kSecond; }

// The self link says which parameters the server understood (FHIR R4 §3.1.1.1.1); one without a query says nothing.
bool self_link_denies(const fhir::Answer& answer, std::string_view parameter) {
  const std::size_t query = answer.self_link.find('?');
  return query != std::string::npos && answer.self_link.find(parameter, query) == std::string::npos;
}

bool is_of_type(const fhir::BundleEntry& entry, std::string_view type) {
  return entry.resource_type == type && (entry.mode == fhir::SearchMode::kMatch || entry.mode == fhir::SearchMode::kUnsaid);
}

// Why an entry is none of the table's business; empty where it is.
std::string_view reason_to_leave_out(const fhir::BundleEntry& entry, std::string_view type) {
  if (entry.mode == fhir::SearchMode::kOutcome || entry.resource_type == "OperationOutcome") {
    return "search_outcome";
  }
  if (entry.mode == fhir::SearchMode::kInclude) {
    return "search_include";
  }
  return entry.resource_type.empty() || entry.resource_type == type ? std::string_view() : "other_type";
}

}  // namespace

FhirSearchReader::FhirSearchReader(std::unique_ptr<FhirServer> server, FhirSearchOptions options, FhirPosition start, Offset start_offset,
                                   const ReadContext& context)
    : server_(std::move(server)),
      options_(std::move(options)),
      context_(context),
      position_(std::move(start)),
      start_offset_(std::move(start_offset)),
      start_at_(position_.at),
      started_between_passes_(!position_.pass) {
  if (!position_.pass) {
    position_.pass = FhirPass{.from = {}, .date = {}, .high = position_.at};
    if (position_.at) {
      position_.pass->from = floor_to_second(*position_.at - options_.look_back);
    }
    position_.at = position_.pass->from;
  }
  begin_search(position_.at);
}

Result<std::variant<RawRecords, End>> FhirSearchReader::next() {
  if (!position_.pass) {
    return End::kCaughtUp;
  }
  if (context_.deadline && std::chrono::steady_clock::now() >= *context_.deadline && may_end_here()) {
    return End::kLimit;
  }
  LAKEFLOW_ASSIGN(const FhirPage page, fetch_page());
  if (!position_.pass->date) {
    position_.pass->date = page.date;
  }
  if (!order_judged_ && !page.answer.next_link.empty()) {
    LAKEFLOW_TRY(judge_order(page));
  }
  RawRecords records = take_entries(page);
  LAKEFLOW_TRY(choose_next_request(page));
  return records;
}

std::optional<Offset> FhirSearchReader::offset() const {
  const bool nothing_new = !position_.pass && started_between_passes_ && returned_ == 0;
  if (pages_ == 0 || nothing_new) {
    if (!start_offset_.is_start()) {
      return start_offset_;
    }
    if (pages_ == 0) {
      return std::nullopt;
    }
  }
  return position_.offset();
}

std::string FhirSearchReader::search_url(std::optional<TimestampMicros> since, std::string_view order, std::int64_t count) const {
  const std::string filter = since ? fmt::format("_lastUpdated=ge{}&", percent_encode(format_utc(*since))) : std::string();
  return fmt::format("{}/{}?{}_sort={}&_count={}", server_->base_url(), options_.type, filter, order, count);
}

void FhirSearchReader::begin_search(std::optional<TimestampMicros> since) {
  since_ = since;
  next_url_.clear();
  followed_.clear();
  last_met_.reset();
  total_.reset();
  matches_ = 0;
}

// A page of the search, the first or one that a link led to. Paging that expired begins again from the last place that is known.
Result<FhirPage> FhirSearchReader::fetch_page() {
  while (true) {  // until a page comes, or kExpirations
    const std::string url = next_url_.empty() ? search_url(since_, "_lastUpdated", options_.page_size) : next_url_;
    LAKEFLOW_ASSIGN(std::optional<FhirPage> page, server_->get_bundle(url, context_.stop));
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
    context_.log->log(LogLevel::kInfo, "the server's paging expired; searching again from the last time read", {{"table", options_.type}});
    begin_search(position_.at);
  }
}

// Whether the server sorts as it is asked to, before anything relies on it: asked for the newest resource, one that does gives another
// resource than the oldest, and none older than the first page's last.
Status FhirSearchReader::judge_order(const FhirPage& first_page) {
  order_judged_ = true;
  if (self_link_denies(first_page.answer, "_sort")) {
    distrust_order("its self link");
    return {};
  }
  const fhir::BundleEntry* oldest = nullptr;
  std::optional<TimestampMicros> latest;
  for (const fhir::BundleEntry& entry : first_page.answer.entries) {
    if (is_of_type(entry, options_.type)) {
      oldest = oldest == nullptr ? &entry : oldest;
      latest = std::max(latest, parse_utc(entry.last_updated));
    }
  }
  Result<std::optional<FhirPage>> answered = server_->get_bundle(search_url(since_, "-_lastUpdated", 1), context_.stop);
  if (!answered && answered.error().kind() == ErrorKind::kInterrupted) {
    return std::unexpected(std::move(answered).error());
  }
  if (!answered || !*answered) {
    distrust_order("its answer to a search for the newest resource");
    return {};
  }
  const std::vector<fhir::BundleEntry>& entries = (*answered)->answer.entries;
  const auto newest = std::ranges::find_if(entries, [this](const fhir::BundleEntry& entry) { return is_of_type(entry, options_.type); });
  const bool sorts = oldest != nullptr && newest != entries.end() && newest->id != oldest->id && parse_utc(newest->last_updated) >= latest;
  if (!sorts) {
    distrust_order("its answer to a search for the newest resource");
  }
  return {};
}

RawRecords FhirSearchReader::take_entries(const FhirPage& page) {
  RawRecords records;
  records.buffer = page.text;
  records.origins.push_back(redact_url(page.url));
  records.bytes_read = page.wire_bytes;
  for (const fhir::BundleEntry& entry : page.answer.entries) {
    if (const std::string_view reason = reason_to_leave_out(entry, options_.type); !reason.empty()) {
      ++records.filtered[std::string(reason)];
      continue;
    }
    if (entry.resource.empty()) {
      records.broken.push_back({{.bytes = entry.bytes, .position = pages_}, "no_resource", "an entry of the Bundle without a resource"});
      continue;
    }
    ++matches_;
    const RawRecord record{.bytes = entry.resource, .position = pages_};
    const std::optional<TimestampMicros> time = parse_utc(entry.last_updated);
    if (!time) {
      records.broken.push_back({record, "no_last_updated", "the server gave no full meta.lastUpdated, by which versions are ordered"});
      warn_once(warned_of_times_, "the server gives resources without meta.lastUpdated: they go to quarantine");
      continue;
    }
    if (last_met_ && *time < *last_met_) {
      distrust_order("the order of its answer");
    }
    last_met_ = std::max(last_met_, time);
    if (since_ && *time < *since_) {
      filter_kept_ = false;
      warn_once(warned_of_filter_, "the server does not keep to _lastUpdated: it sends what was read before, and every run reads that again");
      ++records.filtered["already_read"];
      continue;
    }
    if (!position_.seen.meet(*time, SeenVersions::hash_of(entry))) {
      ++records.filtered["already_read"];
      continue;
    }
    FhirPass& pass = *position_.pass;
    changed_meanwhile_ = changed_meanwhile_ || (pass.date && *time >= *pass.date && *time <= page.date.value_or(*time) + kSecond);
    pass.high = std::max(pass.high, time);
    records.records.push_back(record);
  }
  ++pages_;
  returned_ += records.records.size();
  expirations_ = records.records.empty() ? expirations_ : 0;
  return records;
}

Status FhirSearchReader::choose_next_request(const FhirPage& page) {
  const FhirPass& pass = *position_.pass;
  const std::string& link = page.answer.next_link;
  empty_pages_ = page.answer.entries.empty() ? empty_pages_ + 1 : 0;
  if (!link.empty() && (empty_pages_ > kEmptyPages || pages_ > kPages)) {
    return std::unexpected(Error::source(fmt::format("{} sends pages without end", redact_url(page.url))));
  }
  if (!order_kept_ && since_ != pass.from) {
    begin_search(pass.from);  // what lies between may be missing
    return {};
  }
  if (order_kept_ && last_met_) {
    position_.at = std::max(position_.at, last_met_);
    forget_what_cannot_come_again();
  }
  total_ = total_ ? total_ : page.answer.total;
  if (link.empty()) {
    changed_meanwhile_ = changed_meanwhile_ || matches_ < total_;  // something was deleted under the pages
    end_pass();
  } else if (order_kept_ && filter_kept_ && last_met_ > since_) {
    begin_search(last_met_);
  } else {
    LAKEFLOW_ASSIGN(next_url_, resolve_url(page.url, link));
    followed_since_ = followed_since_ ? std::min(*followed_since_, since_) : since_;
    if (!followed_.insert(next_url_).second) {
      return std::unexpected(
          Error::source(fmt::format("{} gives the same next link again", redact_url(page.url)), "the server's paging goes in a circle"));
    }
  }
  return {};
}

void FhirSearchReader::distrust_order(std::string_view evidence) {
  if (order_kept_) {
    order_kept_ = false;
    position_.at = position_.pass->from;
    context_.log->log(LogLevel::kWarning, "the server does not keep the order that is asked for (_sort): a stopped read begins again",
                      {{"table", options_.type}, {"seen_in", std::string(evidence)}});
  }
}

void FhirSearchReader::forget_what_cannot_come_again() {
  // Nothing is less than any time: where a search began at the beginning of all times, nothing is forgotten.
  std::optional<TimestampMicros> time = std::min(position_.at, since_);
  time = std::min(time, position_.pass->date ? position_.pass->date : time);
  time = std::min(time, followed_since_.value_or(time));  // where a repetition would begin
  if (time) {
    position_.seen.forget_before(floor_to_second(*time - options_.look_back));
  }
}

void FhirSearchReader::end_pass() {
  if (followed_since_ && changed_meanwhile_ && repetitions_ < kRepetitions) {
    ++repetitions_;
    changed_meanwhile_ = false;
    begin_search(*std::exchange(followed_since_, std::nullopt));
    return;
  }
  const FhirPass pass = *std::exchange(position_.pass, std::nullopt);
  position_.at = pass.high && pass.date ? std::min(pass.high, pass.date) : pass.high;
  if (position_.at) {
    position_.seen.forget_all_before(floor_to_second(*position_.at - options_.look_back));
  }
  if (started_between_passes_) {
    position_.seen.forget_unmet();  // this reader went over the whole window
  }
}

// A read that ends early must have come further than its start, or it would end at the same place for ever.
bool FhirSearchReader::may_end_here() const { return returned_ > 0 && (position_.at != start_at_ || position_.seen.fits()); }

void FhirSearchReader::warn_once(bool& warned, std::string_view message) {
  if (!std::exchange(warned, true)) {
    context_.log->log(LogLevel::kWarning, message, {{"table", options_.type}});
  }
}

}  // namespace lakeflow
