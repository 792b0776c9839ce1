#include "sources/healthcare/fhir/fhir_patient_reader.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include <fmt/format.h>

#include "sources/healthcare/fhir/fhir_patient_compartment.h"
#include "sources/healthcare/fhir/fhir_selection.h"

namespace lakeflow {
namespace {

using Clock = std::chrono::steady_clock;
using Mark = FhirPatientPosition::Mark;

constexpr std::chrono::milliseconds kLongestCall{200};  // while patients have nothing new
constexpr std::size_t kMostRemembered = SeenVersions::kMost;

}  // namespace

Result<std::unique_ptr<FhirPatientReader>> FhirPatientReader::open(FhirServerOptions server_options, FhirTableRead options, FhirPatientSource source,
                                                                   const Offset& start_offset, const ReadContext& context) {
  LAKEFLOW_ASSIGN(FhirPatientsPosition start, FhirPatientsPosition::parse(start_offset));
  LAKEFLOW_TRY(check_fhir_selection(start_offset, options.type, options.selection));
  start.selection = options.selection;
  LAKEFLOW_ASSIGN(std::unique_ptr<FhirServer> server, FhirServer::connect(server_options, *context.log));
  const bool was_read_whole = !start_offset.is_start() && !FhirPatientsPosition::is_one(start_offset);
  return std::unique_ptr<FhirPatientReader>(new FhirPatientReader(std::move(server_options), std::move(server), std::move(options), std::move(source),
                                                                  std::move(start), start_offset.is_start(), was_read_whole, context));
}

FhirPatientReader::FhirPatientReader(FhirServerOptions server_options, std::unique_ptr<FhirServer> server, FhirTableRead options,
                                     FhirPatientSource source, FhirPatientsPosition start, bool is_start, bool was_read_whole,
                                     const ReadContext& context)
    : server_options_(std::move(server_options)),
      server_(std::move(server)),
      options_(std::move(options)),
      source_(std::move(source)),
      context_(context),
      start_(std::move(start)),
      is_start_(is_start),
      is_first_round_(is_start || (start_.round && !start_.round->floor)),
      was_read_whole_(was_read_whole),
      position_(start_),
      may_come_again_(may_name_several_patients(options_.type)) {}

Result<std::variant<RawRecords, End>> FhirPatientReader::next() {
  if (has_ended_) {
    return End::kCaughtUp;
  }
  if (!has_begun_) {
    LAKEFLOW_TRY(begin());
  }
  if (searches_) {
    if (context_.deadline && Clock::now() >= *context_.deadline && steps_ > 0) {
      return End::kLimit;
    }
    LAKEFLOW_ASSIGN(std::optional<RawRecords> records, read_on());
    if (records) {
      return *std::move(records);
    }
    LAKEFLOW_TRY(end_round());
    begin_comparison();
  }
  if (comparison_) {
    LAKEFLOW_ASSIGN(auto step, comparison_->next());
    if (std::holds_alternative<RawRecords>(step)) {
      return step;
    }
    position_.compared = comparison_->began().value_or(now());
  }
  has_ended_ = true;
  return End::kCaughtUp;
}

Status FhirPatientReader::begin() {
  LAKEFLOW_ASSIGN(std::vector<std::string> ids, load_patients(*server_, source_, options_.page_size, *context_.log, context_.stop));
  patients_.reserve(ids.size());
  for (std::string& id : ids) {
    std::string key = FhirPatientPosition::key_of(id);
    patients_.push_back({.key = std::move(key), .id = std::move(id)});
  }
  std::ranges::sort(patients_, {}, &Patient::key);
  LAKEFLOW_TRY(load_state());
  if (!position_.round) {
    position_.round = FhirPatientRound{.floor = position_.high, .after = {}};
  }
  if (!position_.round->after.empty()) {
    const std::string after = std::string(FhirPatientPosition::kKeyPrefix) + position_.round->after;
    first_ = static_cast<std::size_t>(std::ranges::upper_bound(patients_, after, {}, &Patient::key) - patients_.begin());
  }
  FhirPatientSearchOptions search{
      .terms = {.type = options_.type, .page_size = options_.page_size, .filter = options_.filter, .elements = options_.elements},
      .look_back = options_.look_back};
  const auto task = [this](std::size_t number) -> Result<FhirPatientTask> {
    const Patient& patient = patients_[first_ + number];
    LAKEFLOW_ASSIGN(FhirPatientPosition place, place_of(patient.key));
    return FhirPatientTask{.patient = patient.id, .from = std::move(place)};
  };
  LAKEFLOW_ASSIGN(searches_, FhirPatientSearches::start(server_options_, std::move(search), patients_.size() - first_, task, context_));
  has_begun_ = true;
  return {};
}

Status FhirPatientReader::load_state() {
  if (context_.state == nullptr || is_start_) {
    return {};
  }
  if (was_read_whole_) {  // what that remembered is of no use here
    LAKEFLOW_TRY(context_.state->scan(SeenVersions::kKeyPrefix, [this](std::string_view key, std::string_view) -> Status {
      changed_[std::string(key)] = std::nullopt;
      return {};
    }));
  }
  return context_.state->scan(FhirPatientPosition::kKeyPrefix, [this](std::string_view key, std::string_view value) -> Status {
    entries_.emplace(key, value);
    return {};
  });
}

// Where this read goes on with a patient. Called from several threads.
Result<FhirPatientPosition> FhirPatientReader::place_of(const std::string& key) const {
  FhirPatientPosition place;
  const auto entry = entries_.find(key);
  if (entry == entries_.end()) {
    place.position.at = start_.at;
    return place;
  }
  LAKEFLOW_ASSIGN(place, FhirPatientPosition::parse(key, entry->second));
  if (place.mark == Mark::kNone && !place.position.pass) {
    place.position.at = std::max(place.position.at, start_.floor);
  }
  return place;
}

// Records of some patient, or none where a call would take too long; nothing where all were read.
Result<std::optional<RawRecords>> FhirPatientReader::read_on() {
  RawRecords quiet;
  const Clock::time_point until = Clock::now() + kLongestCall;
  while (true) {  // ends with the patients, or the time
    LAKEFLOW_ASSIGN(std::optional<FhirPatientStep> step, searches_->next());
    if (!step) {
      return quiet.bytes_read > 0 ? std::optional(std::move(quiet)) : std::nullopt;
    }
    LAKEFLOW_TRY(take(*step));
    step->records.bytes_read += quiet.bytes_read;
    if (step->records.size() > 0 || !step->records.filtered.empty()) {
      return std::optional(std::move(step->records));
    }
    quiet.bytes_read = step->records.bytes_read;
    if (Clock::now() >= until) {
      return std::optional(std::move(quiet));
    }
  }
}

Status FhirPatientReader::take(FhirPatientStep& step) {
  const Patient& patient = patients_[first_ + step.task];
  ++steps_;
  date_ = std::max(date_, step.date);
  if (step.refused != 0) {
    return take_refusal(patient, step.refused);
  }
  returned_of_patient_ += step.records.size();
  if (step.of_others > 0 && !std::exchange(warned_of_others_, true)) {
    context_.log->log(LogLevel::kWarning,
                      "the server gives resources that do not name the patient who was asked for: if it ignores that parameter, what is about others "
                      "lands too",
                      {{"table", options_.type}, {"parameter", std::string(patient_search_parameter(options_.type))}});
  }
  if (!is_first_round_) {
    returned_.insert(returned_.end(), step.ids_returned.begin(), step.ids_returned.end());
  }
  drop_what_came_already(step);
  if (step.has_ended) {
    return take_end(patient, step);
  }
  if (returned_of_patient_ > 0) {
    // His mark goes when all of his is read.
    LAKEFLOW_ASSIGN(const FhirPatientPosition before, place_of(patient.key));
    set_entry(patient.key, {.position = step.position, .seen = std::move(step.seen), .mark = before.mark});
    is_partly_read_ = true;
  }
  return {};
}

// What is about several patients comes once, though each of them is asked for it. (Not where the patients are read by different runs.)
void FhirPatientReader::drop_what_came_already(FhirPatientStep& step) {
  if (!may_come_again_) {
    return;
  }
  std::vector<RawRecord> kept;
  for (std::size_t i = 0; i < step.records.records.size(); ++i) {
    const std::uint64_t version = step.versions_returned[i];
    if (returned_versions_.contains(version)) {
      ++step.records.filtered["already_read"];
      continue;
    }
    if (returned_versions_.size() < kMostRemembered) {
      returned_versions_.insert(version);
    }
    kept.push_back(step.records.records[i]);
  }
  step.records.records = std::move(kept);
}

Status FhirPatientReader::take_refusal(const Patient& patient, int status) {
  ++refused_[status];
  LAKEFLOW_ASSIGN(FhirPatientPosition place, place_of(patient.key));
  if (place.mark != Mark::kRefused) {
    place.mark = Mark::kRefused;
    set_entry(patient.key, place);
  }
  position_.round->after = patient.key.substr(FhirPatientPosition::kKeyPrefix.size());
  return {};
}

Status FhirPatientReader::take_end(const Patient& patient, FhirPatientStep& step) {
  LAKEFLOW_ASSIGN(const FhirPatientPosition before, place_of(patient.key));
  const bool is_new = !entries_.contains(patient.key);
  const bool was_open = std::exchange(is_partly_read_, false) || before.position.pass || before.mark != Mark::kNone;
  if (std::exchange(returned_of_patient_, 0) > 0 || is_new || was_open) {
    set_entry(patient.key, {.position = step.position, .seen = std::move(step.seen), .mark = Mark::kNone});
  }
  position_.high = std::max(position_.high, step.position.at);
  position_.round->after = patient.key.substr(FhirPatientPosition::kKeyPrefix.size());
  return {};
}

Status FhirPatientReader::end_round() {
  searches_.reset();
  std::uint64_t refused = 0;
  std::string statuses;
  for (const auto& [status, count] : refused_) {
    refused += count;
    statuses += fmt::format("{}{}", statuses.empty() ? "" : ", ", status);
  }
  if (refused > 0 && refused == patients_.size()) {
    return std::unexpected(
        Error::source(fmt::format("{}: the server refused the search for each of the {} patients ({})", options_.type, refused, statuses),
                      fmt::format("may these credentials read {}, and does the server know the search parameters {}, _lastUpdated and _sort for it?",
                                  options_.type, patient_search_parameter(options_.type))));
  }
  if (refused > 0) {
    context_.log->log(LogLevel::kWarning, "the server refused the search for some patients: their rows stay as they are, and the next run asks again",
                      {{"table", options_.type}, {"patients", std::to_string(refused)}, {"status", statuses}});
  }
  LAKEFLOW_TRY(mark_who_left());
  position_.floor = std::max(position_.floor, position_.round->floor);
  position_.round.reset();
  position_.at.reset();
  return {};
}

Status FhirPatientReader::mark_who_left() {
  std::uint64_t left = 0;
  std::uint64_t left_now = 0;
  for (const auto& [key, text] : entries_) {
    if (std::ranges::binary_search(patients_, key, {}, &Patient::key)) {
      continue;
    }
    ++left;
    LAKEFLOW_ASSIGN(FhirPatientPosition place, place_of(key));
    if (place.mark != Mark::kLeft) {
      ++left_now;
      place.mark = Mark::kLeft;
      set_entry(key, place);
    }
  }
  if (left > 0) {
    context_.log->log(left_now > 0 ? LogLevel::kWarning : LogLevel::kInfo, "patients are no longer in the list: their rows stay as they are",
                      {{"table", options_.type}, {"patients", std::to_string(left)}, {"since_the_last_run", std::to_string(left_now)}});
  }
  return {};
}

void FhirPatientReader::begin_comparison() {
  if (is_first_round_) {
    position_.compared = now();  // all that came is there
    return;
  }
  if (!comparison_is_due()) {
    return;
  }
  std::vector<std::string> ids;
  for (const Patient& patient : patients_) {
    ids.push_back(patient.id);
  }
  FhirSearchTerms listing{.type = options_.type, .page_size = options_.page_size, .filter = options_.filter};
  const FhirIdComparisonOptions options{
      .type = options_.type, .look_back = options_.look_back, .limit_percent = options_.reading.delete_check_limit, .compared = position_.compared};
  comparison_ = std::make_unique<FhirIdComparison>(
      *server_, options, std::make_unique<FhirPatientListing>(server_options_, std::move(listing), std::move(ids), context_), std::move(returned_),
      context_);
}

bool FhirPatientReader::comparison_is_due() const {
  if (!options_.reading.compares_ids || context_.standing_keys == nullptr || (context_.deadline && Clock::now() >= *context_.deadline)) {
    return false;
  }
  return !position_.compared || now() - *position_.compared >= options_.reading.interval(FhirStrategy::kSearch);
}

TimestampMicros FhirPatientReader::now() const { return date_.value_or(now_micros()); }

FhirPatientsPosition FhirPatientReader::position() const {
  FhirPatientsPosition position = position_;
  position.changes += changed_.empty() ? 0U : 1U;
  return position;
}

std::optional<Offset> FhirPatientReader::offset() const {
  if (steps_ == 0 && position_.round) {  // nothing was read yet
    return is_start_ || was_read_whole_ ? std::nullopt : std::optional(start_.offset());
  }
  return has_begun_ ? std::optional(position().offset()) : std::nullopt;
}

StateDelta FhirPatientReader::state_delta() {
  StateDelta delta;
  position_.changes += changed_.empty() ? 0U : 1U;
  for (auto& [key, value] : changed_) {
    delta.entries.emplace_back(key, std::move(value));
  }
  changed_.clear();
  return delta;
}

}  // namespace lakeflow
