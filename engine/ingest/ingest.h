#pragma once

#include <chrono>
#include <stop_token>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/logging.h"
#include "destinations/interface/destination.h"
#include "engine/pipeline/pipeline.h"
#include "engine/report/progress.h"
#include "engine/report/run_report.h"
#include "sources/interface/lakeflow_connect.h"

namespace lakeflow {

// One run of a pipeline. Pointers are borrowed: they outlive the call (the connector longer, where
// RunReport::reader_abandoned says so).
struct IngestRequest {
  const Pipeline* pipeline = nullptr;  // after check_options (engine/pipeline/connection.h)
  LakeflowConnect* connector = nullptr;
  Destination* destination = nullptr;
  std::vector<std::string> only_tables;  // source tables; empty: all of the pipeline
  // Reads from the beginning into a table that is built aside, and takes the old one's place when it is whole: until then the old rows stand,
  // and are what others see. A run that ends before goes on with it the next time; a full refresh then begins anew.
  bool full_refresh = false;
  bool dry_run = false;  // reads and decodes from the committed offsets, applies and commits nothing
  // False: a run that finds nothing new leaves no line in `_lakeflow.runs` and `passes`. The line is then written by the first commit that changes
  // a table, and by an end other than that; until there is one, others don't see from the destination that a run is under way.
  bool log_quiet_run = true;
  // Asks for a clean end: the chunk is finished at the reader's next offset and committed. Who wants to stop at once may
  // kill the process: what was committed stands.
  std::stop_token stop = {};
  // How long after the stop one call of the reader may take before it is taken for hanging and left alone.
  std::chrono::milliseconds hang_patience{5'000};
  // How long after the stop a reader that has no offset (within a file, a run of equal times) is read on for one.
  std::chrono::milliseconds finish_patience{20'000};
  // How long after the stop rows that were read may take to be applied. A chunk that takes longer is let go, also in the middle of a slice
  // (Destination::interrupt), and read again by the next run; a commit that has begun is waited for.
  std::chrono::milliseconds apply_patience = std::chrono::hours(1);
  ProgressListener* progress = nullptr;
  Logger* log = &silent_logger();
};

// Brings what is new in the source into the destination: reads, decodes and applies in chunks, each one transaction with the
// rows of every table of its pass, what was rejected, the offset and the log's lines. Killed at any instant, the next run goes
// on with nothing lost, torn or doubled.
//
// Tables that one reading of the source fills (SharedPass) and that stand at the same offset are read together; a table that
// was added later catches up alone. A table that can't be planned, read or applied fails alone (RunReport::tables).
//
// An error is returned only where no run took place: a request that makes no sense (user), a destination that can't begin
// one. Everything else is in the report. Returns when its threads have ended, but for an abandoned reader's.
Result<RunReport> ingest(const IngestRequest& request);

}  // namespace lakeflow
