#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/logging.h"
#include "destinations/interface/destination.h"
#include "engine/pipeline/pipeline.h"
#include "engine/quarantine/quarantine_query.h"
#include "engine/report/run_report.h"
#include "engine/state/table_state.h"
#include "sources/interface/lakeflow_connect.h"

namespace lakeflow {

// Pointers are borrowed: they outlive the call.
struct ReplayRequest {
  const Pipeline* pipeline = nullptr;  // after check_options
  LakeflowConnect* connector = nullptr;
  Destination* destination = nullptr;  // open for writing
  QuarantineFilter filter;
  // Bytes that a person mended, to be decoded in the place of those of the one entry that the filter names.
  std::optional<std::string> corrected;
  bool dry_run = false;  // decodes, and writes nothing
  ByHand by;
  std::stop_token stop = {};  // ends it after the transaction under way
  Logger* log = &silent_logger();
};

// What a replay did (in a dry run: would do). entries = replayed + failed_again + passed_over, but where a stop cut it short.
struct ReplayReport {
  std::string run_id;
  bool dry_run = false;
  std::uint64_t entries = 0;
  std::uint64_t replayed = 0;
  std::uint64_t failed_again = 0;
  std::map<std::string, std::uint64_t> failures;  // of failed_again, by reason
  std::uint64_t passed_over = 0;
  std::vector<std::string> problems;  // why entries were passed over, in sentences
  std::vector<TableReport> tables;    // that rows went to; unchanged: rows that stood already
  bool stopped = false;
};

// Decodes quarantined records once more, with the program and the options as they are now: after a repair of either. What becomes rows lands in
// the tables that it was read for, with the keys and the provenance (_source_file, _source_position) that it would have had when it was read, in
// one transaction with the entry's change to "replayed"; an entry that fails again stays open, and that it failed is written down. So it is done
// exactly once, killed at any instant. Rows of tables that append are told from those that stand by the source's primary keys.
//
// A replay is a run of its own (outcome "replayed"): its passes and commits balance like those of any other. A record that gives rows to some of
// its tables and is rejected by another lands in those, and is a new entry of that other one.
//
// Passed over: entries whose tables the pipeline does not have (any more), are under a full refresh, or are read as snapshots, which each run
// reads as a whole.
Result<ReplayReport> replay_quarantine(const ReplayRequest& request);

// One JSON object, for --json.
std::string to_json(const ReplayReport& report);

}  // namespace lakeflow
