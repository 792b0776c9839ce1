#pragma once

#include <cstdint>
#include <functional>

#include "base/error.h"
#include "engine/continuous/pause.h"
#include "engine/continuous/schedule.h"
#include "engine/ingest/ingest.h"

namespace lakeflow {

// What a face wants to know of a continuous ingest. Called by the thread that called ingest_continuously.
class ContinuousListener {
 public:
  virtual ~ContinuousListener() = default;
  // A run has ended; the schedule knows already what became of its tables.
  virtual void on_run(const RunReport& report, const Schedule& schedule) = 0;
  // No run took place: the destination could not be opened, or could not begin one. It is tried again.
  virtual void on_no_run(const Error& error, const Schedule& schedule) = 0;
};

struct ContinuousRequest {
  // What every run is like: pipeline, connector, tables, stop, progress and log; `destination` is null, `full_refresh` holds for the first
  // run of each table alone. The rhythm is in the pipeline's settings.
  IngestRequest run;
  // Opens the destination, which stays open from run to run, so that others find it held by one process all the time; called again
  // after close_destination. The pointer holds until then.
  std::function<Result<Destination*>()> open_destination;
  // Called after a run that failed because of the destination, whose handle may be damaged for good, and at the end.
  std::function<void()> close_destination;
  ContinuousListener* listener = nullptr;
  Pause* pause = nullptr;
  std::uint64_t seed = 0;  // of the jitter
};

// How a continuous ingest came to its end. A plain value.
struct ContinuousEnd {
  std::uint64_t runs = 0;
  // What ended it: kInterrupted after a stop; else what another run could not mend either: a threshold that was passed or bad data with
  // `error_handling: fail` (data), a request that makes no sense (user), a broken rule (internal), a reader that hangs (source).
  Error error = Error::interrupted("");
  bool reader_abandoned = false;  // as in RunReport: end the process by std::_Exit
};

// Whether a run that ended with the error is followed by another one: the same may succeed later without anybody's doing, or after what
// an operator does outside of the pipeline's file.
bool may_pass(const Error& error);

// Runs a pipeline again and again until it is stopped: at every beat, and in between those tables of which the connector says that there is something
// new (ChangeSignal), unless they sit out a failure. Runs that find nothing new leave one line an hour in the log. A table that fails is tried more
// and more rarely while the others go on (schedule.h); where the destination fails all of them wait likewise, and it is opened anew. Memory does not
// grow with the runs.
//
// A stop ends the waiting at once. A run under way is ended within the patience that the request gives it: its chunk is committed
// if that can be done in time, else it is let go, and the next start reads it again.
//
// An error is returned where not even the first opening of the destination succeeded.
Result<ContinuousEnd> ingest_continuously(const ContinuousRequest& request);

}  // namespace lakeflow
