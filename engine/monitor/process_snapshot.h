#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "destinations/interface/apply_plan.h"

namespace lakeflow {

// What a running process knows of one table beyond what the destination has recorded. Counts are since the process began.
struct TableSnapshot {
  std::string source_table;
  std::string destination_table;

  ApplyCounts counts;  // of committed chunks, as are the next two
  std::uint64_t rejected = 0;
  std::uint64_t rescued = 0;

  bool reading = false;  // in the pass under way, whose numbers are the next four
  std::uint64_t rows_under_way = 0;
  std::uint64_t committed_under_way = 0;  // of them
  std::uint64_t bytes_under_way = 0;
  double rows_per_second = 0;

  std::optional<TimestampMicros> last_success_at;  // when it was last read to its end without an error
  std::uint64_t failures = 0;                      // in a row
  std::string last_error;                          // of the last failure, also where it was mended since
  std::optional<TimestampMicros> last_error_at;
  std::optional<TimestampMicros> next_run_at;  // of a continuous ingest, while it waits

  bool operator==(const TableSnapshot&) const = default;
};

// What a process that runs a pipeline knows at one moment. A plain value; nothing in it is a secret or a patient's data.
struct ProcessSnapshot {
  std::string pipeline;
  std::int64_t process_id = 0;
  TimestampMicros started_at = 0;
  TimestampMicros taken_at = 0;
  bool continuous = false;
  double interval_seconds = 0;          // of a continuous ingest
  double longest_back_off_seconds = 0;  // likewise
  std::string run_id;                   // of the run under way; empty between runs

  std::map<std::string, std::uint64_t> runs;  // that have ended, by outcome ("done", "failed", …)
  std::optional<double> last_run_seconds;
  std::optional<TimestampMicros> last_run_at;  // when it ended
  std::uint64_t bytes_read = 0;                // by committed chunks, as are the next two
  std::uint64_t records_read = 0;
  std::map<std::string, std::uint64_t> rejects;  // by reason

  std::string destination_error;      // why no run could take place the last time; empty where one did
  std::vector<TableSnapshot> tables;  // in the pipeline's order

  bool operator==(const ProcessSnapshot&) const = default;
};

// One JSON object without line ends, and back. A text that is none is an internal error: both ends are this program.
std::string to_json(const ProcessSnapshot& snapshot);
Result<ProcessSnapshot> parse_process_snapshot(std::string_view json);

}  // namespace lakeflow
