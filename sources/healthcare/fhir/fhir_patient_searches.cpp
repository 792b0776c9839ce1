#include "sources/healthcare/fhir/fhir_patient_searches.h"

#include <algorithm>
#include <array>
#include <utility>

#include "sources/healthcare/fhir/fhir_patient_compartment.h"

namespace lakeflow {
namespace {

constexpr std::size_t kAhead = 8;                                  // patients begun ahead of the first, for each thread
constexpr std::size_t kMostWaitingBytes = std::size_t{32} << 20U;  // but the first patient's search always goes on
constexpr std::size_t kMostWaitingSteps = 2;                       // of one patient

// What a server answers where it does not want to tell of this patient. (A search that none of its patients is let through is judged by who reads.)
bool is_refusal(int status) {
  constexpr std::array kRefusals{400, 403, 404, 410, 422};
  return std::ranges::find(kRefusals, status) != kRefusals.end();
}

std::size_t bytes_of(const Result<FhirPatientStep>& step) { return step ? step->records.bytes_read + 1024 : 1024; }

}  // namespace

void FirstOfEachLogger::write(LogLevel level, std::string_view message, Fields fields) {
  if (level != LogLevel::kDebug) {
    const std::lock_guard lock(mutex_);
    if (!said_.emplace(message).second) {
      return;
    }
  }
  target_.write(level, message, fields);
}

FhirPatientSearches::FhirPatientSearches(FhirPatientSearchOptions options, std::size_t tasks, MakeTask make_task, const ReadContext& context)
    : options_(std::move(options)), tasks_(tasks), make_task_(std::move(make_task)), log_(*context.log), context_(context) {
  // A patient's search is no read of the table: it has its place from here, and is taken to its end.
  context_.stop = stop_.get_token();
  context_.deadline.reset();
  context_.log = &log_;
  context_.state = nullptr;
  context_.standing_keys = nullptr;
  stops_with_.emplace(context.stop, [this] { stop_.request_stop(); });
}

Result<std::unique_ptr<FhirPatientSearches>> FhirPatientSearches::start(const FhirServerOptions& server, FhirPatientSearchOptions options,
                                                                        std::size_t tasks, MakeTask make_task, const ReadContext& context) {
  // The constructor is for here alone.
  std::unique_ptr<FhirPatientSearches> searches(new FhirPatientSearches(std::move(options), tasks, std::move(make_task), context));
  const std::size_t threads = std::min(tasks, static_cast<std::size_t>(server.parallel_requests));
  FhirServerOptions of_one_thread = server;
  of_one_thread.parallel_requests = 1;  // the patients are what goes at once, not parts of one's time
  searches->most_ahead_ = threads * kAhead;
  for (std::size_t i = 0; i < threads; ++i) {
    LAKEFLOW_ASSIGN(std::unique_ptr<FhirServer> connected, FhirServer::connect(of_one_thread, *context.log));
    searches->servers_.push_back(std::move(connected));
  }
  for (const std::unique_ptr<FhirServer>& each : searches->servers_) {
    searches->threads_.emplace_back([self = searches.get(), each = each.get()] { self->work(*each); });
  }
  return searches;
}

FhirPatientSearches::~FhirPatientSearches() {
  stop_.request_stop();
  threads_.clear();  // joins
}

Result<std::optional<FhirPatientStep>> FhirPatientSearches::next() {
  if (first_ == tasks_) {  // this thread alone moves it
    return std::nullopt;
  }
  std::unique_lock lock(mutex_);
  changed_.wait(lock, stop_.get_token(), [this] { return !waiting_.empty() && !waiting_.front().steps.empty(); });
  if (stop_.stop_requested()) {
    return std::unexpected(Error::interrupted("stopped while patients were searched for"));
  }
  Waiting& first = waiting_.front();
  Result<FhirPatientStep> step = std::move(first.steps.front());
  first.steps.pop_front();
  waiting_bytes_ -= bytes_of(step);
  if (first.steps.empty() && first.has_ended) {
    waiting_.pop_front();
    ++first_;
  }
  lock.unlock();
  changed_.notify_all();
  if (!step) {
    return std::unexpected(std::move(step).error());
  }
  return std::optional(*std::move(step));
}

void FhirPatientSearches::work(FhirServer& server) {
  while (const std::optional<std::size_t> number = take_task()) {
    search(server, *number);
  }
}

// The next task that nobody began; nothing where there is none, or a stop was asked for.
std::optional<std::size_t> FhirPatientSearches::take_task() {
  std::unique_lock lock(mutex_);
  const bool may = changed_.wait(lock, stop_.get_token(), [this] { return first_ + waiting_.size() == tasks_ || waiting_.size() < most_ahead_; });
  if (!may || stop_.stop_requested() || first_ + waiting_.size() == tasks_) {
    return std::nullopt;
  }
  waiting_.emplace_back();
  return first_ + waiting_.size() - 1;
}

void FhirPatientSearches::search(FhirServer& server, std::size_t number) {
  Result<FhirPatientTask> task = make_task_(number);
  if (!task) {
    put(number, std::unexpected(std::move(task).error()));
    return;
  }
  FhirPatientStep step;
  FhirSearchOptions options{.terms = options_.terms, .look_back = options_.look_back};
  options.terms.patient = patient_search(options_.terms.type, task->patient);
  options.ids_met = options_.wants_ids ? &step.ids_met : nullptr;
  options.ids_returned = &step.ids_returned;
  options.versions_returned = &step.versions_returned;
  const bool is_start = !task->from.position.at && !task->from.position.pass;
  FhirSearchReader reader(server, std::move(options), task->from.position, is_start, SeenVersions::parse(task->from.seen).value_or(SeenVersions()),
                          context_);
  for (bool was_answered = false; !step.has_ended; was_answered = true) {
    Result<std::variant<RawRecords, End>> next = reader.next();
    step.task = number;
    step.date = server.last_date();
    if (!next) {
      const bool is_his = next.error().kind() == ErrorKind::kSource && !was_answered && is_refusal(server.last_status());
      if (!is_his) {
        put(number, std::unexpected(std::move(next).error()));
        return;
      }
      step.refused = server.last_status();
    } else if (auto* records = std::get_if<RawRecords>(&*next); records != nullptr) {
      step.records = std::move(*records);
      step.of_others = static_cast<std::uint64_t>(std::ranges::count_if(
          step.records.records, [&task](const RawRecord& record) { return record.bytes.find(task->patient) == std::string_view::npos; }));
    }
    step.has_ended = !next || reader.has_ended();
    step.position = reader.position();
    step.seen = reader.seen().text();
    const bool has_ended = step.has_ended;
    if (!put(number, std::exchange(step, FhirPatientStep{}))) {
      return;
    }
    step.has_ended = has_ended;
  }
}

bool FhirPatientSearches::put(std::size_t number, Result<FhirPatientStep> step) {
  std::unique_lock lock(mutex_);
  const auto there_is_room = [this, number] {
    return number == first_ ? waiting_.front().steps.size() < kMostWaitingSteps
                            : waiting_[number - first_].steps.size() < kMostWaitingSteps && waiting_bytes_ < kMostWaitingBytes;
  };
  if (!changed_.wait(lock, stop_.get_token(), there_is_room)) {
    return false;
  }
  Waiting& waiting = waiting_[number - first_];
  waiting.has_ended = !step || step->has_ended;
  waiting_bytes_ += bytes_of(step);
  waiting.steps.push_back(std::move(step));
  lock.unlock();
  changed_.notify_all();
  return true;
}

}  // namespace lakeflow
