#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <vector>

#include "engine/ingest/chunk.h"
#include "engine/ingest/pass.h"
#include "engine/ingest/run_state.h"

namespace lakeflow {

// Tells the ProgressListener how far a pass is.
class ProgressMeter {
 public:
  ProgressMeter(const RunState& run, const Pass& pass, const PassReport& report);

  // Now and then: does nothing if the last call was a moment ago. `chunk` is the one under way, or null.
  void tick(const Chunk* chunk);
  void committed() { show(nullptr, false); }
  void finished() { show(nullptr, true); }

 private:
  using Clock = std::chrono::steady_clock;
  struct Sample {
    Clock::time_point at;
    std::vector<std::uint64_t> rows;  // of the run's tables
  };
  void show(const Chunk* chunk, bool finished);

  const RunState& run_;
  const Pass& pass_;
  const PassReport& report_;
  const Clock::time_point began_;
  Clock::time_point shown_;
  std::deque<Sample> samples_;  // of the last seconds, for the rate
};

}  // namespace lakeflow
