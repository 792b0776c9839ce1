#include "sources/healthcare/fhir/fhir_table_reader.h"

#include <utility>

#include "sources/healthcare/fhir/fhir_patient_probe.h"
#include "sources/healthcare/fhir/fhir_selection.h"

namespace lakeflow {

Result<std::unique_ptr<FhirTableReader>> FhirTableReader::open(std::unique_ptr<FhirServer> server, FhirTableRead options, const Offset& start_offset,
                                                               const ReadContext& context) {
  LAKEFLOW_ASSIGN(FhirPosition start, FhirPosition::parse(start_offset));
  LAKEFLOW_TRY(check_fhir_selection(start_offset, options.type, options.selection));
  SeenVersions seen;
  if (context.state != nullptr && !start_offset.is_start()) {
    LAKEFLOW_TRY(seen.load(*context.state, start.changes));
  }
  return std::unique_ptr<FhirTableReader>(
      new FhirTableReader(std::move(server), std::move(options), std::move(start), start_offset.is_start(), std::move(seen), context));
}

FhirTableReader::FhirTableReader(std::unique_ptr<FhirServer> server, FhirTableRead options, FhirPosition start, bool is_start, SeenVersions seen,
                                 const ReadContext& context)
    : server_(std::move(server)),
      options_(std::move(options)),
      context_(context),
      start_(std::move(start)),
      is_start_(is_start),
      is_first_load_(is_start || (start_.pass && !start_.pass->from)),
      seen_(std::move(seen)),
      found_(options_.reading.strategy == FhirStrategy::kAuto ? start_.found : std::nullopt),
      compared_(start_.compared) {}

Result<std::variant<RawRecords, End>> FhirTableReader::next() {
  if (ended_) {
    return End::kCaughtUp;
  }
  if (!search_ && !history_) {
    LAKEFLOW_TRY(begin());
  }
  if (!comparison_) {
    LAKEFLOW_ASSIGN(auto step, read_changes());
    if (const End* end = std::get_if<End>(&step); end == nullptr || *end != End::kCaughtUp) {
      return step;
    }
    LAKEFLOW_TRY(end_changes());
  }
  if (comparison_) {
    LAKEFLOW_ASSIGN(auto step, comparison_->next());
    if (std::holds_alternative<RawRecords>(step)) {
      return step;
    }
    if (comparison_->deleted() > 0 && start_.compared && in_force() == FhirStrategy::kHistory) {
      context_.log->log(LogLevel::kWarning, "the server's history leaves deletions out: the comparison of ids found some that it did not tell of",
                        {{"table", options_.type}});
    }
    compared_ = comparison_->began().value_or(now());
  }
  ended_ = true;
  return End::kCaughtUp;
}

// Opens the reader of changes.
Status FhirTableReader::begin() {
  if (start_.pass || is_start_) {
    return begin_search();  // a pass that was begun by search ends by search
  }
  LAKEFLOW_TRY(find_strategy());
  if (in_force() != FhirStrategy::kHistory) {
    return begin_search();
  }
  const FhirHistoryOptions options{
      .type = options_.type, .page_size = options_.page_size, .look_back = options_.look_back, .ids_returned = &returned_};
  history_ = std::make_unique<FhirHistoryReader>(*server_, options, start_, *std::exchange(seen_, std::nullopt), context_);
  return {};
}

Status FhirTableReader::begin_search() {
  if (!seen_) {
    seen_.emplace();
    if (context_.state != nullptr) {
      LAKEFLOW_TRY(seen_->load(*context_.state, start_.changes));
    }
  }
  FhirSearchOptions options{
      .terms = {.type = options_.type, .page_size = options_.page_size, .filter = options_.filter, .elements = options_.elements},
      .look_back = options_.look_back};
  options.ids_returned = is_first_load_ ? nullptr : &returned_;
  search_ = std::make_unique<FhirSearchReader>(*server_, std::move(options), start_, is_start_, *std::exchange(seen_, std::nullopt), context_);
  return {};
}

// Where it can't be known now it is asked again by the next read.
Status FhirTableReader::find_strategy() {
  if (options_.reading.strategy != FhirStrategy::kAuto || found_) {
    return {};
  }
  const Result<FhirStrategyFinding> finding = find_fhir_strategy(*server_, options_.type, context_.stop);
  if (!finding) {
    return finding.error().kind() == ErrorKind::kInterrupted ? std::unexpected(finding.error()) : Status();
  }
  found_ = finding->strategy;
  context_.log->log(LogLevel::kInfo, "how changes and deletes of the table are read was found",
                    {{"table", options_.type}, {"strategy", std::string(fhir_strategy_name(*found_))}, {"because", finding->why}});
  return {};
}

// Whether the history that the server no longer gives can be done without.
Result<bool> FhirTableReader::fall_back() {
  if (options_.reading.strategy != FhirStrategy::kAuto || !history_ || !history_->was_refused()) {
    return false;
  }
  context_.log->log(LogLevel::kWarning,
                    "the server no longer gives the history of the table: it is read by search from now on, and versions between two runs are not "
                    "seen; a full refresh asks again for the history",
                    {{"table", options_.type}, {"status", std::to_string(server_->last_status())}});
  history_.reset();
  found_ = FhirStrategy::kSearch;
  LAKEFLOW_TRY(begin_search());
  return true;
}

Result<std::variant<RawRecords, End>> FhirTableReader::read_changes() {
  if (history_) {
    Result<std::variant<RawRecords, End>> step = history_->next();
    if (step || step.error().kind() == ErrorKind::kInterrupted) {
      return step;
    }
    LAKEFLOW_ASSIGN(const bool goes_on, fall_back());
    if (!goes_on) {
      return step;
    }
  }
  Result<std::variant<RawRecords, End>> step = search_->next();
  if (!step && !search_->was_answered()) {
    return std::unexpected(explain_refusal(*server_, options_.type, std::move(step).error(), context_.stop));
  }
  return step;
}

// The changes are at their end: what follows them.
Status FhirTableReader::end_changes() {
  LAKEFLOW_TRY(find_strategy());
  if (is_first_load_) {
    compared_ = compared_ ? compared_ : std::optional(now());  // all that came is there
  } else if (comparison_is_due()) {
    const FhirSearchTerms listing{.type = options_.type, .page_size = options_.page_size, .filter = options_.filter};
    const FhirIdComparisonOptions options{
        .type = options_.type, .look_back = options_.look_back, .limit_percent = options_.reading.delete_check_limit, .compared = compared_};
    comparison_ = std::make_unique<FhirIdComparison>(*server_, options, std::make_unique<FhirTypeListing>(*server_, listing, context_),
                                                     std::move(returned_), context_);
  }
  return {};
}

bool FhirTableReader::comparison_is_due() const {
  if (!options_.reading.compares_ids || context_.standing_keys == nullptr ||
      (context_.deadline && std::chrono::steady_clock::now() >= *context_.deadline)) {
    return false;
  }
  return !compared_ || now() - *compared_ >= options_.reading.interval(in_force());
}

TimestampMicros FhirTableReader::now() const { return server_->last_date().value_or(now_micros()); }

FhirStrategy FhirTableReader::in_force() const {
  return options_.reading.strategy == FhirStrategy::kAuto ? found_.value_or(FhirStrategy::kSearch) : options_.reading.strategy;
}

FhirPosition FhirTableReader::position() const {
  FhirPosition position = history_ ? history_->position() : search_->position();
  position.found = found_;
  position.compared = compared_;
  position.selection = options_.selection;
  return position;
}

std::optional<Offset> FhirTableReader::offset() const {
  const bool has_place = history_ ? history_->offset().has_value() : search_ && search_->offset().has_value();
  return has_place ? std::optional(position().offset()) : std::nullopt;
}

StateDelta FhirTableReader::state_delta() { return history_ ? history_->state_delta() : search_ ? search_->state_delta() : StateDelta(); }

}  // namespace lakeflow
