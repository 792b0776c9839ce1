#pragma once

#include <cstdint>
#include <optional>

#include "engine/ingest/dead_letters.h"
#include "engine/ingest/ingest.h"
#include "engine/plan/table_plan.h"

namespace lakeflow {

// What the passes of one run share. Used by the thread that called ingest.
struct RunState {
  const IngestRequest& request;
  RunStamp stamp;
  RunReport report;
  std::optional<DeadLetters> dead_letters;
  std::uint64_t chunks = 0;  // committed by this run, of all passes
  bool logged = false;       // _lakeflow.runs has its line

  RunLine line(std::string_view outcome) const {
    return {.run_id = stamp.run_id,
            .pipeline = request.pipeline->name,
            .started_at = stamp.started_at,
            .finished_at = {},
            .outcome = std::string(outcome),
            .error = {}};
  }
};

}  // namespace lakeflow
