#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <thread>
#include <vector>

#include "sources/healthcare/fhir/fhir_search_course.h"
#include "sources/healthcare/fhir/fhir_server.h"
#include "sources/healthcare/fhir/fhir_time_windows.h"
#include "sources/interface/record_reader.h"

namespace lakeflow {

// Reads several windows of time at once, each by a course of its own in a thread of its own (FhirServer::parallel_requests), and gives their
// pages out in the order of time: so whoever takes them stands at one place, as if they had been asked for one after the other.
//
// What was read ahead and not yet taken is bounded: no request is begun for another window than the foremost while the bytes of 16 batches
// (ReadContext::batch_bytes) lie there. So with what is under way there are that, and a page for each thread.
//
// An error, in whichever window, is given when all pages before it were. The destructor stops what is under way at once.
class FhirReadAhead {
 public:
  // Windows are those of `plan`, after the first. The server, from which others are made, the log and the stop outlive it.
  static Result<std::unique_ptr<FhirReadAhead>> start(const FhirServer& server, FhirSearchTerms terms, FhirTimeWindows plan, FhirTimeWindow first,
                                                      const FhirHabits& habits, const ReadContext& context);
  ~FhirReadAhead();
  FhirReadAhead(const FhirReadAhead&) = delete;
  FhirReadAhead& operator=(const FhirReadAhead&) = delete;

  // The next page: for the thread that has this. Nothing where all of all windows were given.
  Result<std::optional<FhirCoursePage>> next();

  // Once next() gave nothing: up to where the windows go, and whether that is all, or the server stopped to give its counts.
  TimestampMicros end() const { return plan_.place(); }
  bool lacks_counts() const { return plan_.lacks_counts(); }

 private:
  struct Window {
    FhirTimeWindow range;
    std::deque<FhirCoursePage> pages;  // read, and not yet taken
    bool is_read = false;              // to its end, or to an error
    std::optional<Error> error = {};
  };

  FhirReadAhead(FhirSearchTerms terms, FhirTimeWindows plan, FhirTimeWindow first, const FhirHabits& habits, const ReadContext& context,
                std::size_t threads);
  void work(FhirServer& server);
  Window* begin_window(FhirServer& server);
  void read(FhirServer& server, Window& window);
  bool has_room() const;

  const FhirSearchTerms terms_;
  const FhirHabits habits_;
  Logger& log_;
  const std::stop_token reader_stop_;
  const std::size_t most_bytes_;
  const std::size_t most_windows_;

  std::mutex mutex_;
  std::condition_variable_any changed_;
  FhirTimeWindows plan_;  // of whom is_planning_ has set
  std::optional<FhirTimeWindow> first_;
  bool is_planning_ = false;
  bool is_planned_ = false;     // no window comes any more
  std::deque<Window> windows_;  // in the order of time; the foremost is the one that is taken
  std::size_t bytes_ = 0;       // of their pages

  std::stop_source stop_;
  std::stop_callback<std::function<void()>> forward_stop_;
  std::vector<std::unique_ptr<FhirServer>> servers_;
  std::vector<std::jthread> threads_;  // the last: they use the others
};

}  // namespace lakeflow
