#include "sources/rest/rest_change_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "sources/rest/page_records.h"

namespace lakeflow {
namespace {

constexpr int kMostWalks = 5;
constexpr std::size_t kMostReturned = 1'000'000;

// Of the keyed state, which a table's two streams share.
constexpr std::string_view kSeenRecords = "seen/";
constexpr std::string_view kSeenDeletes = "seen_deletes/";

CursorValue look_back_of(const RestServer& server, const RestCursor& cursor) {
  return cursor.form == RestCursor::Form::kNumber ? cursor.look_back : server.options().look_back;
}

bool is_numbered(const RestList& list) {
  return list.paging.style == RestPaging::Style::kPageNumber || list.paging.style == RestPaging::Style::kOffset;
}

}  // namespace

Result<std::unique_ptr<RestChangeReader>> RestChangeReader::open(std::unique_ptr<RestServer> server, RestChanges changes, const Offset& start,
                                                                 const ReadContext& context) {
  LAKEFLOW_ASSIGN(RestPosition position, RestPosition::parse(start, changes.cursor->form));
  LAKEFLOW_ASSIGN(SeenRecords seen, SeenRecords::load(context.state, changes.all_deleted ? kSeenDeletes : kSeenRecords));
  return std::make_unique<RestChangeReader>(std::move(server), std::move(changes), position, std::move(seen), context);
}

RestChangeReader::RestChangeReader(std::unique_ptr<RestServer> server, RestChanges changes, RestPosition start, SeenRecords seen,
                                   const ReadContext& context)
    : server_(std::move(server)),
      changes_(std::move(changes)),
      context_(context),
      look_back_(look_back_of(*server_, *changes_.cursor)),
      floor_(start.read_up_to ? std::optional(*start.read_up_to - look_back_) : std::nullopt),
      place_(start),
      start_(start),
      seen_(std::move(seen)) {
  walk_from(floor_);
}

// Begins a walk over what is at this value or later; over all of it where there is none.
void RestChangeReader::walk_from(std::optional<CursorValue> value) {
  const RestCursor& cursor = *changes_.cursor;
  std::vector<RestParameter> filter;
  walked_from_ = value;
  asked_from_.reset();
  repeats_.clear();
  if (!cursor.filter.empty() && value) {
    asked_from_ = *value - filter_unit(cursor);
    filter.push_back(filter_parameter(cursor, *asked_from_));
  } else if (!cursor.filter.empty() && !cursor.first.empty()) {
    filter.push_back(first_parameter(cursor));
  }
  pages_.emplace(*server_, *changes_.list, std::move(filter));
  last_.reset();
}

Result<std::variant<RawRecords, End>> RestChangeReader::next() {
  while (true) {  // ends with the list's end, kMostWalks times at the most
    if (is_at_end_) {
      return End::kCaughtUp;
    }
    const bool has_moved = has_place_ && place_.read_up_to != start_.read_up_to;
    if (context_.deadline && has_moved && std::chrono::steady_clock::now() >= *context_.deadline) {
      return End::kLimit;
    }
    LAKEFLOW_ASSIGN(const std::optional<RestPage> page, pages_->next(context_.stop));
    if (page) {
      LAKEFLOW_ASSIGN(RawRecords raw, take_page(*page));
      return raw;
    }
    if (pages_->doubt().empty()) {
      is_at_end_ = true;
      read_up_to(newest_);
      continue;
    }
    LAKEFLOW_TRY(walk_again());
  }
}

// Something speaks against what came: the walk is done once more, and what is known is dropped. Where it steps, what came before it stands.
Status RestChangeReader::walk_again() {
  const std::string doubt = pages_->doubt();
  if (++doubtful_walks_ == kMostWalks) {
    return std::unexpected(Error::source(
        fmt::format("the changes of table {} could not be read whole in {} walks over them: {}", changes_.table_name, kMostWalks, doubt),
        "a list that is ascending by its cursor helps where much changes; where the total counts more than the filter lets through, it is none"));
  }
  if (returned_more_) {
    return std::unexpected(Error::source(
        fmt::format("the changes of table {}: {}, and more than {} came, of which another walk would bring some twice", changes_.table_name, doubt,
                    kMostReturned),
        "the next run goes on from the place that was reached; where records are missing then, lakeflow ingest --full-refresh reads all"));
  }
  context_.log->log(LogLevel::kInfo, "the changes are read again", {{"table", changes_.table_name}, {"why", doubt}});
  walk_from(steps() ? walked_from_ : floor_);
  return {};
}

Result<RawRecords> RestChangeReader::take_page(const RestPage& page) {
  if (!now_ && is_time()) {
    now_ = page.date.value_or(now_micros()) - server_->options().lag;
  }
  PageRecords records(page, page_++);
  if (changes_.cursor->order == RestCursor::Order::kDescending && is_numbered(*changes_.list)) {
    last_.reset();  // what is new moves records that came onto the next page: the order holds within each
  }
  for (const std::string_view record : page.records) {
    LAKEFLOW_TRY(take_record(record, records));
  }
  LAKEFLOW_TRY(move_place(page));
  return std::move(records).take();
}

Status RestChangeReader::take_record(std::string_view record, PageRecords& records) {
  if (!record.starts_with('{')) {
    records.add_broken(record, "not_an_object", "an element of the list");
    return {};
  }
  LAKEFLOW_ASSIGN(const auto text, server_->json().find(record, changes_.cursor->field));
  const std::optional<CursorValue> value = text ? parse_cursor(changes_.cursor->form, *text) : std::nullopt;
  if (value) {
    LAKEFLOW_TRY(note_value(*value));
    if (walked_from_ && *value < known_from(*walked_from_)) {
      records.filter(asked_from_ ? kNotAskedFor : "before_the_place_that_was_read_up_to");
      return {};
    }
  }
  if (value && changes_.waits_for_its_time && lasts_still(*value, *text)) {
    waiting_ = std::min(waiting_.value_or(*value), *value);
    records.filter("its_time_lasts_still");
    return {};
  }
  LAKEFLOW_ASSIGN(std::string identity, record_identity(server_->json(), record, changes_.identity));
  if (changes_.repeats_count) {
    identity += fmt::format("/{}", ++repeats_[identity]);
  }
  if (seen_.contains(identity) || returned_.contains(identity)) {
    records.filter("already_read");
    return {};
  }
  Operation operation = changes_.all_deleted ? Operation::kDelete : Operation::kUpsert;
  if (!changes_.deleted_if.empty()) {
    LAKEFLOW_ASSIGN(const auto mark, server_->json().find(record, changes_.deleted_if));
    operation = mark && *mark != "null" && *mark != "false" ? Operation::kDelete : Operation::kUpsert;
  }
  if (changes_.columns.empty()) {
    records.add(record, operation);
  } else {
    LAKEFLOW_TRY(records.add_columns(server_->json(), record, changes_.columns, operation));
  }
  if (value) {
    remember(std::move(identity), *value);
  }
  return {};
}

void RestChangeReader::remember(std::string identity, CursorValue value) {
  if (only_grows() && is_ascending() && is_counted() && !steps()) {
    returned_more_ = returned_more_ || returned_.size() == kMostReturned;
    if (!returned_more_) {
      returned_.insert(identity);
    }
  }
  seen_.add(std::move(identity), value);
}

// Whether the time that a value names lasts still, by the server's clock, which tells whole seconds. What lies ahead of that comes from the future.
bool RestChangeReader::lasts_still(CursorValue value, std::string_view text) const {
  constexpr CursorValue kSecond = 1'000'000;
  constexpr CursorValue kMinute = 60 * kSecond;
  constexpr std::size_t kDate = std::string_view("\"2024-05-01\"").size();
  constexpr std::size_t kMinutes = std::string_view("\"2024-05-01T12:30Z\"").size();
  if (!now_) {
    return false;
  }
  const bool is_text = form() == RestCursor::Form::kTime;
  const CursorValue lasts = is_text && text.size() <= kDate ? 24 * 60 * kMinute : is_text && text.size() <= kMinutes ? kMinute : kSecond;
  const CursorValue now = *now_ + server_->options().lag;
  return value + lasts + kSecond > now && value <= now + kMinute;
}

// What a walk from a value may bring at the earliest: it is asked for a unit before, rounded down to a whole one.
CursorValue RestChangeReader::known_from(CursorValue value) const { return value - 2 * filter_unit(*changes_.cursor); }

Status RestChangeReader::note_value(CursorValue value) {
  const RestCursor::Order order = changes_.cursor->order;
  const bool is_out_of_order =
      last_ && ((order == RestCursor::Order::kAscending && value < *last_) || (order == RestCursor::Order::kDescending && value > *last_));
  if (is_out_of_order) {
    return std::unexpected(
        Error::source(fmt::format("the list {} is declared to be in the order of {}, and is not", changes_.list->path, changes_.cursor->field),
                      "does the API know the parameter that asks for this order? Else declare order kAny, and read the table anew (lakeflow ingest "
                      "--full-refresh)"));
  }
  filter_is_ignored_ |= asked_from_ && value < *asked_from_ - filter_unit(*changes_.cursor);
  last_ = value;
  newest_ = std::max(newest_.value_or(value), value);
  return {};
}

// Numbered pages of an ascending list are not counted through.
bool RestChangeReader::steps() const {
  return is_ascending() && is_numbered(*changes_.list) && !changes_.cursor->filter.empty() && !filter_is_ignored_;
}

// Behind a page: where one could go on from, and what is asked for next.
Status RestChangeReader::move_place(const RestPage& page) {
  const CursorValue unit = filter_unit(*changes_.cursor);
  if (changes_.cursor->order == RestCursor::Order::kDescending && last_ && floor_ && *last_ < known_from(*floor_)) {
    // What is new stands before all of such a list, and moves it behind: nothing is lost by that.
    if (pages_->moved_forward()) {
      return walk_again();
    }
    is_at_end_ = true;
    read_up_to(newest_);
    return {};
  }
  if (!last_ || page.records.empty()) {
    return {};
  }
  // What shifts out of sight of numbered pages that are counted through lies before the last record.
  if (!is_ascending() || (is_numbered(*changes_.list) && !steps())) {
    // Of a table that only grows all must be known where the walk is done again.
    if (!only_grows()) {
      seen_.forget_below(known_from(std::min(*newest_, now_.value_or(*newest_)) - look_back_));
    }
    return {};
  }
  if (steps() && !pages_->doubt().empty()) {
    return walk_again();
  }
  read_up_to(last_);
  if (steps() && (!asked_from_ || *last_ - 2 * unit > *asked_from_)) {
    doubtful_walks_ = 0;
    walk_from(*last_);
  }
  return {};
}

// All that is earlier was returned. The place goes forward alone, and not past the server's clock.
void RestChangeReader::read_up_to(std::optional<CursorValue> value) {
  has_place_ = true;
  if (value) {
    const CursorValue safe = std::min({*value, now_.value_or(*value), waiting_.value_or(*value)});
    place_.read_up_to = std::max(place_.read_up_to.value_or(safe), safe);
  }
  if (place_.read_up_to) {
    seen_.forget_below(known_from(*place_.read_up_to - look_back_));
  }
}

std::optional<RestPosition> RestChangeReader::position() const {
  if (!has_place_) {
    return std::nullopt;
  }
  RestPosition place = place_;
  place.changes += seen_.has_changed() ? 1U : 0U;
  return place;
}

std::optional<Offset> RestChangeReader::offset() const {
  const std::optional<RestPosition> place = position();
  return place ? std::optional(place->offset(form())) : std::nullopt;
}

StateDelta RestChangeReader::state_delta() {
  place_.changes += seen_.has_changed() ? 1U : 0U;
  return seen_.take_changes();
}

}  // namespace lakeflow
