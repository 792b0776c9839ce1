#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <stop_token>
#include <vector>

#include "base/clock.h"
#include "base/logging.h"
#include "sources/healthcare/fhir/fhir_search_course.h"
#include "sources/healthcare/fhir/fhir_server.h"

namespace lakeflow {

// The resources of a type that were changed in [since, until).
struct FhirTimeWindow {
  TimestampMicros since = 0;
  TimestampMicros until = 0;
};

// Divides a stretch of time into windows that hold some pages each, from its beginning on, by asking the server how many resources a part of it
// has (_summary=count). What is counted is likely to hold a few windows, which are then of one length; more is counted where nothing is found, and
// a half where too much is: so a server need not count all that it has, and what was counted once is not counted again.
//
// Windows meet at whole seconds, which servers that keep nothing finer compare
// rightly, too; a second that holds more is a window all the same. What a count says decides nothing but where windows end. Where a server gives
// none, there are no more windows.
//
// Used by one thread at a time.
class FhirTimeWindows {
 public:
  // `until` is a whole second. `page` resources, as many as the server gives at once, were met in `page_length` before `since`.
  FhirTimeWindows(FhirSearchTerms terms, TimestampMicros since, TimestampMicros until, std::size_t page, TimestampMicros page_length, Logger& log);

  // Nothing where there are no more. An error only where a stop was asked for.
  Result<std::optional<FhirTimeWindow>> next(FhirServer& server, const std::stop_token& stop);

  // Once next() gave nothing: where the last window ended.
  TimestampMicros place() const { return since_; }
  bool lacks_counts() const { return lacks_counts_; }

 private:
  // A part of what is not divided yet, and what the server counted in it.
  struct Part {
    TimestampMicros since;
    TimestampMicros until;
    double resources;
  };
  Result<bool> count(FhirServer& server, TimestampMicros since, TimestampMicros until, const std::stop_token& stop);
  Result<bool> split(FhirServer& server, double wanted, const std::stop_token& stop);
  void take(TimestampMicros end, double resources);

  const FhirSearchTerms terms_;
  TimestampMicros since_;  // where what is not divided yet begins
  const TimestampMicros until_;
  std::deque<FhirTimeWindow> windows_;  // before that, to be given out
  const double page_;                   // resources
  double pages_;                        // that should be counted next
  double length_;                       // that is likely to have them, in microseconds
  std::vector<Part> parts_;             // known ones, that begin where the last window ended, one behind the other; the first is the last here
  bool was_lopsided_ = false;           // the last split: resources are not spread evenly
  Logger& log_;
  bool lacks_counts_ = false;
};

}  // namespace lakeflow
