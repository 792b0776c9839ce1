#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace lakeflow {

// How far one table of the pass under way is. Views hold during the call only.
struct TableProgress {
  std::string_view source_table;
  std::string_view destination_table;
  std::uint64_t rows = 0;            // decoded in this run
  std::uint64_t committed_rows = 0;  // of them, those that stand whatever happens now
  std::uint64_t rejects = 0;         // rejected rows of the table; records that its pass quarantined
  std::uint64_t bytes = 0;           // taken from the source by its pass
  double seconds = 0;                // since its pass began
  double rows_per_second = 0;        // over the last seconds
  bool finished = false;             // the last call for this table
};

// Who watches a run. Called by the thread that called ingest, about four times a second while something happens or is
// waited for, after every commit, and once with `finished` for each table that did not fail; it should come back at once.
class ProgressListener {
 public:
  virtual ~ProgressListener() = default;
  virtual void run_began(const std::string& run_id) { static_cast<void>(run_id); }
  virtual void on_progress(std::span<const TableProgress> tables_of_pass) = 0;
};

}  // namespace lakeflow
