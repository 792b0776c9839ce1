#pragma once

#include "base/error.h"
#include "engine/ingest/ingest.h"
#include "engine/monitor/run_monitor.h"

namespace lakeflow {

class Console;
class IngestProgress;
class RunDestination;
class RunOutlets;

// Where runs are told of. References outlive the command.
struct RunTelling {
  RunMonitor& monitor;
  const RunOutlets& outlets;
  IngestProgress& progress;
  Console& console;
};

// What the command `ingest` does with --continuous: the exit code, or the error that ended it.
Result<int> run_continuous_ingest(const IngestRequest& run, RunDestination& destination, const RunTelling& telling);

}  // namespace lakeflow
