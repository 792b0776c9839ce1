#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "base/logging.h"
#include "sources/healthcare/fhir/fhir_patient_position.h"
#include "sources/healthcare/fhir/fhir_search_reader.h"
#include "sources/healthcare/fhir/fhir_server.h"
#include "sources/interface/record_reader.h"

namespace lakeflow {

// What is searched for of each patient.
struct FhirPatientSearchOptions {
  FhirSearchTerms terms;  // but for the patient
  TimestampMicros look_back = 0;
  bool wants_ids = false;  // FhirPatientStep::ids_met, for a listing
};

// One patient's search, from where it goes on.
struct FhirPatientTask {
  std::string patient;
  FhirPatientPosition from;
};

// What one request of a patient's search brought.
struct FhirPatientStep {
  std::size_t task = 0;  // its number
  RawRecords records = {};
  FhirPosition position = {};  // after these records, and those before
  std::string seen = {};       // likewise, as SeenVersions::text()
  std::vector<std::uint64_t> ids_met = {};
  std::vector<std::uint64_t> ids_returned = {};
  std::vector<std::uint64_t> versions_returned = {};  // of each of the records
  std::optional<TimestampMicros> date = {};           // the server's clock
  std::uint64_t of_others = 0;                        // records in which the patient's id does not stand
  bool has_ended = false;                             // the patient's last step
  int refused = 0;                                    // the status by which the server refused his search; then nothing came
};

// Lets the first line of each message through, and those of debug: thousands of searches would say the same.
class FirstOfEachLogger final : public Logger {
 public:
  explicit FirstOfEachLogger(Logger& target) : target_(target) {}
  void write(LogLevel level, std::string_view message, Fields fields) override;

 private:
  Logger& target_;
  std::mutex mutex_;
  std::set<std::string, std::less<>> said_;
};

// Searches for one patient after the other, several of them at once, and gives what they bring in the order of the tasks: so a read is the same
// whatever answers first, and has one place to go on from. Each thread has a connection of its own; they share the limits of the server's options.
// What waits to be taken is limited in bytes. Patients whose search is refused (FhirPatientStep::refused) do not stop the others; any other error
// does. Used by one thread.
class FhirPatientSearches {
 public:
  using MakeTask = std::function<Result<FhirPatientTask>(std::size_t number)>;

  // make_task is called from several threads. The context's log outlives it.
  static Result<std::unique_ptr<FhirPatientSearches>> start(const FhirServerOptions& server, FhirPatientSearchOptions options, std::size_t tasks,
                                                            MakeTask make_task, const ReadContext& context);
  ~FhirPatientSearches();  // ends what is under way
  FhirPatientSearches(const FhirPatientSearches&) = delete;
  FhirPatientSearches& operator=(const FhirPatientSearches&) = delete;

  // The next step; nothing at the end. An error comes after what was read before it.
  Result<std::optional<FhirPatientStep>> next();

 private:
  // What a task brought and nobody took yet.
  struct Waiting {
    std::deque<Result<FhirPatientStep>> steps;
    bool has_ended = false;
  };

  FhirPatientSearches(FhirPatientSearchOptions options, std::size_t tasks, MakeTask make_task, const ReadContext& context);
  void work(FhirServer& server);
  std::optional<std::size_t> take_task();
  void search(FhirServer& server, std::size_t number);
  // False where nobody wants more.
  bool put(std::size_t number, Result<FhirPatientStep> step);

  const FhirPatientSearchOptions options_;
  const std::size_t tasks_;
  const MakeTask make_task_;
  FirstOfEachLogger log_;
  ReadContext context_;
  std::size_t most_ahead_ = 0;
  std::vector<std::unique_ptr<FhirServer>> servers_;

  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::size_t first_ = 0;          // the task whose steps are taken
  std::deque<Waiting> waiting_;    // of it and those behind it that were begun
  std::size_t waiting_bytes_ = 0;  // in all of them

  std::stop_source stop_;
  std::optional<std::stop_callback<std::function<void()>>> stops_with_;
  std::vector<std::jthread> threads_;  // the last: they use the others
};

}  // namespace lakeflow
