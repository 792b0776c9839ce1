#pragma once

#include <cstdint>
#include <optional>
#include <stop_token>

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

// Divides a stretch of time into windows that hold some pages each, from its beginning on, by asking the server how many resources a window
// has (_summary=count). Only short stretches are counted, about as long as a window: that costs a server little, whatever the table holds.
//
// The first ones are smaller, so that little is divided, too. Windows meet at whole seconds, which servers that keep nothing finer compare rightly,
// too. A second that holds more is a window all the same. What a count says decides nothing but where windows end. Where a server gives none, there
// are no more windows.
//
// Used by one thread at a time.
class FhirTimeWindows {
 public:
  // `until` is a whole second. `page` resources, as many as the server gives at once, were met in `page_length` before `since`.
  FhirTimeWindows(FhirSearchTerms terms, TimestampMicros since, TimestampMicros until, std::size_t page, TimestampMicros page_length, Logger& log);

  // Nothing where there are no more. An error only where a stop was asked for.
  Result<std::optional<FhirTimeWindow>> next(FhirServer& server, const std::stop_token& stop);

  // Where the next window begins.
  TimestampMicros place() const { return since_; }
  bool lacks_counts() const { return lacks_counts_; }

 private:
  Result<std::optional<std::uint64_t>> count(FhirServer& server, const FhirTimeWindow& window, const std::stop_token& stop);
  TimestampMicros end_after(double length) const;
  std::optional<FhirTimeWindow> take(TimestampMicros end, std::uint64_t resources);

  const FhirSearchTerms terms_;
  TimestampMicros since_;
  const TimestampMicros until_;
  const double page_;  // resources
  double pages_;       // that the next window should have
  double length_;      // that it may need for them, in microseconds
  Logger& log_;
  bool lacks_counts_ = false;
};

}  // namespace lakeflow
