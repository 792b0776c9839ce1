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

enum class RunOutcome {
  kDone,         // every table came to its end
  kPartial,      // some tables failed, others came to their end
  kFailed,       // every table failed, or what ended the run concerns all of them (`RunReport::error`)
  kInterrupted,  // a stop was asked for: what was committed stands, the next run goes on from there
};
std::string_view run_outcome_name(RunOutcome outcome);  // "done", "partial", "failed", "interrupted": also in _lakeflow.runs

// One table of a run. Counts are of what was committed (in a dry run: of what would have been).
// Always: rows_decoded = counts.rows() + rejected, but in a dry run, which applies nothing.
struct TableReport {
  std::string source_table;
  std::string destination_table;
  std::uint64_t rows_decoded = 0;
  std::uint64_t rejected = 0;  // rows without key or sequence: in quarantine
  std::uint64_t rescued = 0;   // rows with _rescued_data
  ApplyCounts counts;
  std::uint64_t commits = 0;
  std::optional<std::uint64_t> rows_now;    // the table's rows after its last commit of this run
  std::optional<Error> error;               // why the table failed
  std::vector<std::string> column_changes;  // "column x was added": to the table that was there
  std::string note;                         // "not finished: …" where a stop came before the table's end; else empty
};

// One pass over the source: a table, or several that are filled by one reading. Of what was committed.
// Always: records_read = records_decoded + records_quarantined + the sum of records_filtered.
struct PassReport {
  std::vector<std::string> source_tables;
  std::uint64_t bytes_read = 0;
  std::uint64_t records_read = 0;
  std::uint64_t records_decoded = 0;
  std::uint64_t records_quarantined = 0;
  std::map<std::string, std::uint64_t> records_filtered;  // by reason
  std::map<std::string, std::uint64_t> rejects;           // quarantined records and rejected rows, by reason
  std::map<std::string, std::uint64_t> remarks = {};      // decoded records of which somebody should know something, by code
  std::uint64_t commits = 0;
  double seconds = 0;
};

// What a run did. A plain value.
struct RunReport {
  std::string run_id;
  std::string pipeline;
  std::string destination;  // Destination::describe()
  TimestampMicros started_at = 0;
  TimestampMicros finished_at = 0;
  bool dry_run = false;
  bool full_refresh = false;
  RunOutcome outcome = RunOutcome::kDone;
  std::vector<TableReport> tables;  // in the pipeline's order
  std::vector<PassReport> passes;   // in the order in which they ran
  // What ended the run as a whole: the reject threshold, the destination, a stop (kInterrupted; its next step says how to go on).
  std::optional<Error> error;
  // A reader did not come back after the stop and was left alone: its thread still waits inside the connector. What was
  // committed is whole. The connector must not be destroyed: show the report and end the process by std::_Exit.
  bool reader_abandoned = false;

  std::uint64_t rejects() const;  // quarantined records and rejected rows, all together
  std::uint64_t rows() const;     // rows decoded, all tables together
  double seconds() const { return static_cast<double>(finished_at - started_at) / 1e6; }

  // 0 done, 6 partial, 130 interrupted, else that of `error` or, where every table failed alone, of the first table's error.
  int exit_code() const;
};

// One JSON object, stable names (docs/state.md), for --json.
std::string to_json(const RunReport& report);

// The report for people, a line each without line ends: one for every table, then rejects, failures and how to go on. Without
// errors a table that failed is just said to have: for who shows the errors in a place of their own.
std::vector<std::string> summary_lines(const RunReport& report, bool with_errors = true);

// The same in one line, for who runs again and again: tables where nothing is new are left out, failed ones are said to have.
std::string summary_line(const RunReport& report);

// Whether the run came to its end and found nothing that is worth a line: no row changed, nothing was rejected.
bool is_quiet(const RunReport& report);

}  // namespace lakeflow
