#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "destinations/interface/destination.h"
#include "engine/ingest/failure.h"
#include "engine/ingest/pass.h"
#include "engine/ingest/run_state.h"
#include "engine/ingest/slice_buffer.h"
#include "engine/ingest/stage_items.h"

namespace lakeflow {

// What a pass remembers from one chunk to the next.
struct PassProgress {
  bool tables_ready = false;                             // created, and emptied where it is a full refresh: committed
  std::vector<std::optional<std::uint64_t>> row_counts;  // of the tables, as of the last commit; nothing before the first
};

// What is committed with a chunk beside its rows.
struct ChunkEnd {
  std::optional<Offset> offset;
  std::optional<Offset> deletes_offset;  // of read_table_deletes
  StateDelta state_delta;
  std::optional<bool> snapshot_complete;  // of a snapshot that has come to its end
  // Of a replay of quarantined records.
  std::vector<QuarantineChange> quarantine_changes = {};
  std::optional<RunLine> run_line = {};
};

// One chunk of a pass: the rows of all its tables in one transaction, applied in slices as they come, committed once at the
// end. Let go without commit(), nothing of it is there. In a dry run it only counts.
class Chunk {
 public:
  // All outlive the chunk.
  Chunk(RunState& run, const Pass& pass, PassProgress& progress, PassReport& report);
  ~Chunk();
  Chunk(const Chunk&) = delete;
  Chunk& operator=(const Chunk&) = delete;

  Outcome<void> add(DecodedBatch batch);

  // Rows more of what a batch before counted.
  Outcome<void> add_rows(std::size_t table, ChangeSlice slice);

  // Applies what still waits, checks the balance and the reject threshold, and commits.
  Outcome<void> commit(const ChunkEnd& end);

  const RecordCounts& records() const { return records_; }
  const std::vector<TableCommit>& tables() const { return tables_; }

 private:
  bool dry() const { return run_.request.dry_run; }
  Outcome<void> begin();
  Status empty_table(std::size_t table);
  Outcome<void> apply(std::size_t table);
  Outcome<void> refuse_rejects(const DecodedBatch& batch) const;
  Status quarantine(std::vector<QuarantinedRecord>& records);
  std::string landing_tables() const;
  Status check_threshold() const;
  Outcome<void> finish_snapshot(bool complete);
  Outcome<void> check();
  Outcome<void> put_state(const ChunkEnd& end);
  Status log();
  bool changes_something() const;
  PassCommit pass_commit() const;
  void report();

  RunState& run_;
  const Pass& pass_;
  PassProgress& progress_;
  PassReport& report_;
  std::unique_ptr<Transaction> transaction_;  // from the first slice on
  SliceBuffer waiting_;
  RecordCounts records_;
  std::vector<TableCommit> tables_;
  std::vector<std::uint64_t> rows_before_;
  std::vector<std::uint64_t> rows_after_;
  std::vector<std::vector<std::string>> column_changes_;  // of each table, made by this chunk
  bool writes_run_line_ = false;
};

}  // namespace lakeflow
