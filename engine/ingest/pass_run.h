#pragma once

#include <memory>
#include <optional>

#include "engine/ingest/chunk.h"
#include "engine/ingest/failure.h"
#include "engine/ingest/fetch_stage.h"
#include "engine/ingest/pass.h"
#include "engine/ingest/progress_meter.h"
#include "engine/ingest/run_state.h"

namespace lakeflow {

// How a pass ended, where it did not fail.
enum class PassEnd {
  kFinished,   // what is there was read (or every table failed alone, which is in the report)
  kStopped,    // a stop was obeyed before the source's end
  kAbandoned,  // the reader did not come back
};

// Runs one pass: its reads, each with its three stages (fetching and decoding in threads of their own, applying in the caller's).
// A table that fails is left out: the chunk is rolled back and read again, from the last committed offset, without it.
class PassRun {
 public:
  PassRun(RunState& run, Pass pass, PassReport& report);

  // Failures that reach beyond the pass are returned, the others are put into the report.
  Outcome<PassEnd> run();

 private:
  enum class ReadResult { kEnded, kLimit, kStopped, kAbandoned };

  Outcome<ReadResult> read_all();
  Outcome<void> finish_refreshes();
  Outcome<ReadResult> read_until_end(bool deletes);
  Outcome<ReadResult> read_once(bool deletes);
  Outcome<ReadResult> consume(DecodedQueue& decoded, FetchStage& fetch, bool deletes);
  Outcome<void> obey(Barrier barrier, bool deletes);
  ReadPlan read_plan(bool deletes) const;
  Offset& position(bool deletes) { return deletes ? pass_.deletes_offset : pass_.offset; }
  Chunk& chunk();
  void fail_table(std::size_t table, Error error);
  void note_unfinished();

  RunState& run_;
  Pass pass_;
  PassReport& report_;
  PassProgress progress_;
  ProgressMeter meter_;
  std::unique_ptr<Chunk> chunk_;  // under way
  // The upserts are at their end and their last chunk is not committed yet: the first of the deletes go with it.
  std::optional<Offset> upserts_end_;
};

}  // namespace lakeflow
