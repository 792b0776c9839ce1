#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "destinations/interface/destination.h"
#include "engine/pipeline/pipeline.h"
#include "sources/interface/lakeflow_connect.h"

namespace lakeflow {

// What a destination's schema `_lakeflow` (docs/state.md) says about a pipeline, asked in plain SQL.

struct TableStatus {
  std::string source_table;
  std::string destination_table;
  std::optional<std::uint64_t> rows;  // nothing before the table was made
  std::uint64_t rejects = 0;          // its records and rows in quarantine that are open
  std::string last_commit_at;         // empty before the first
  std::string last_run_id;
  std::string offset;         // the connector's JSON; empty at the start
  std::string read_up_to;     // the same in words
  std::string last_error;     // of the last run in which the table failed; empty where it never did
  std::string last_error_at;  // when
};

struct RunStatus {
  std::string run_id;
  std::string started_at;
  std::string finished_at;  // empty where it did not end by itself
  std::string outcome;
  std::string error;
};

struct PipelineStatus {
  std::vector<TableStatus> tables;  // in the pipeline's order
  std::vector<RunStatus> runs;      // the newest first
  std::uint64_t quarantined = 0;    // open records of the pipeline, those of no single table too
};

// A user error where the destination holds nothing of the pipeline's kind yet. The connector, which is asked what its offsets mean, may be
// null: then they are told as they are.
Result<PipelineStatus> read_status(Destination& destination, const Pipeline& pipeline, LakeflowConnect* connector, std::size_t most_runs);

// An error unless the destination has the schema `_lakeflow`.
Status require_recorded_state(Destination& destination);

// An offset whose connector says nothing of it: {"at":"2024-05-01T00:00:00Z","page":3} is "at 2024-05-01T00:00:00Z, page 3". Long texts,
// which only the connector understands, are left out.
std::string offset_in_words(std::string_view offset_json);

}  // namespace lakeflow
