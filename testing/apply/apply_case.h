#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "testing/apply/plain_table.h"

namespace lakeflow {

// A case of the change rules, written down: a table, what comes for it, what must become of it. Lines of words; "two words" in
// quotes, null for what is not there, # begins a comment.
//
//   case a late version loses
//   table cdc                          snapshot, cdc, cdc_with_deletes or append; then, if there is one, the scd_type
//   columns id:text version:integer    text, integer, boolean, timestamp; meta.version:integer is a member of the struct meta
//   keys id
//   sequence version
//   except name                        track_history_except, where there is one
//
//   run 2024-01-01T00:00:00Z           the run that what follows belongs to, by its start; only snapshots with history look at it
//   slice                              records that come together, and after them what becomes of them
//     upsert a 2
//     upsert a 1
//     delete b 1
//   -> inserted 1, unchanged 1, superseded 1        "rejected missing_key 1" where there are rejects; "nothing"
//   finish complete | cut_short        ends a snapshot
//   -> absent 1
//   reset                              empties the table for a full refresh
//   forget                             tombstones have grown old, and what versions that became one keep aside
//   commit | rollback                  ends the transaction, which the first step began
//   rows                               all that is committed, with history followed by __START_AT and __END_AT:
//     a 2                              a 2 2 null
struct ApplyStep {
  enum class Kind { kSlice, kFinish, kReset, kForget, kRun, kCommit, kRollback, kRows };
  Kind kind = Kind::kSlice;
  std::string place;                 // "late.txt:12"
  std::vector<PlainRecord> records;  // of a slice
  bool complete = false;             // of a finish
  TimestampMicros started_at = 0;    // of a run
  std::string outcome;               // of a slice or a finish, as outcome_text
  std::vector<std::string> rows;     // of rows, sorted, as plain_text
};

struct ApplyCase {
  std::string name;
  std::string place;
  PlainTable table;
  std::vector<ApplyStep> steps;
};

// User errors name file and line.
Result<std::vector<ApplyCase>> parse_apply_cases(std::string_view text, std::string_view file_name);
// Of every .txt file of the folder, by name.
Result<std::vector<ApplyCase>> load_apply_cases(const std::filesystem::path& folder);

}  // namespace lakeflow
