#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "destinations/interface/apply_plan.h"
#include "destinations/interface/erasure.h"

namespace arrow {
class RecordBatchReader;
}

namespace lakeflow {

// Whose state: one table of one pipeline.
struct StateOwner {
  std::string pipeline;
  std::string source_table;
  std::string destination_table;  // TableName::text()
  auto operator<=>(const StateOwner&) const = default;
};

// A record that could not become a row, as it goes to quarantine.
struct QuarantinedRecord {
  std::string source_table;       // empty where a pass of several tables could not tell
  std::string destination_table;  // likewise
  std::string reason;             // a code in snake_case
  std::string detail;
  std::string origin;  // file, or URL without its query
  std::uint64_t position = 0;
  std::string bytes;  // as they came
  bool is_delete = false;
  // The destination tables that it was read for, joined by commas.
  std::string landing_tables = {};
  // The same for the same record of the same pipeline, rejected for the same reason: 32 hexadecimal digits.
  std::string id = {};
};

// Something done with an entry of the quarantine, for _lakeflow.quarantine_changes.
enum class QuarantineChangeKind {
  kReplayed,     // its bytes became rows (or were none of its tables' business): it is no longer open
  kCorrected,    // likewise, with bytes that a person gave in their place
  kFailedAgain,  // it stays open
  kDropped,      // it is taken out, with its bytes
};
constexpr std::string_view quarantine_change_name(QuarantineChangeKind kind) {
  switch (kind) {
    case QuarantineChangeKind::kReplayed: return "replayed";
    case QuarantineChangeKind::kCorrected: return "corrected";
    case QuarantineChangeKind::kFailedAgain: return "failed_again";
    case QuarantineChangeKind::kDropped: return "dropped";
  }
  return {};
}

struct QuarantineChange {
  std::string id;
  QuarantineChangeKind kind = QuarantineChangeKind::kReplayed;
  std::string pipeline;
  std::string changed_by;  // the user's name on this machine
  std::string run_id;      // of a replay; may be empty
  std::string reason;      // in his words; may be empty
  std::string detail;      // what can be said without patients' data
};

// One table's line of one commit, for _lakeflow.commits.
struct TableCommit {
  StateOwner owner;
  std::uint64_t rows_decoded = 0;
  std::uint64_t rejected = 0;  // rows that the engine refused: no key, no sequence
  std::uint64_t rescued = 0;   // rows with _rescued_data
  ApplyCounts counts;
};

// One pass's line of one commit, for _lakeflow.passes: read = decoded + quarantined + filtered.
struct PassCommit {
  std::string tables;  // the source tables of the pass, joined by commas
  std::uint64_t chunk = 0;
  std::uint64_t bytes_read = 0;
  std::uint64_t records_read = 0;
  std::uint64_t records_decoded = 0;
  std::uint64_t records_quarantined = 0;
  std::map<std::string, std::uint64_t> records_filtered;  // by reason
};

// One run, for _lakeflow.runs.
struct RunLine {
  std::string run_id;
  std::string pipeline;
  TimestampMicros started_at = 0;
  std::optional<TimestampMicros> finished_at;
  std::string outcome;  // "running", "done", "failed", "partial", "interrupted"; a killed run stays "running"
  std::string error;    // the message of what ended it
};

// One table's failure in a run, for _lakeflow.failures.
struct TableFailure {
  StateOwner owner;
  std::string kind;  // error_kind_name
  std::string message;
};

// A change of state by a person's hand, for _lakeflow.state_changes. No value means that there was, or is, no such entry.
struct StateChange {
  StateOwner owner;
  std::string name;
  std::optional<std::string> old_value;
  std::optional<std::string> new_value;
  std::string changed_by;  // the user's name on this machine
  std::string reason;      // in his words; may be empty
};

// A table that was built beside the one that it will replace, each with the state that belongs to it.
struct TableReplacement {
  StateOwner built_owner;
  TableName built;
  StateOwner owner;
  TableName table;
};

// All that lands together or not at all. Used by one thread. Let go without commit(), it is rolled back.
class Transaction {
 public:
  virtual ~Transaction() = default;

  // Creates the plan's table where it is not there, with its schema. Where it is: adds the columns and members of structs that it lacks
  // (null in old rows), and widens those that are too narrow (integers, floating points, decimals) without loss. What the plan lacks stays.
  // Says what was changed in a table that was there: "column x was added". A user error that names the column where its type can't take
  // the new one, or where it would have to change and the plan forbids it.
  virtual Result<std::vector<std::string>> prepare_table(const ApplyPlan& plan) = 0;

  // Applies rows by the plan. May be called many times for a table in one transaction: later slices see earlier ones.
  virtual Result<ApplyCounts> apply(const ApplyPlan& plan, const ChangeSlice& slice) = 0;

  // Ends a snapshot that was applied in this transaction. `complete`: rows whose keys did not come are deleted (counts.absent).
  virtual Result<ApplyCounts> finish_snapshot(const ApplyPlan& plan, bool complete) = 0;

  // State is names and bytes to a destination. No value removes the name.
  virtual Status put_state(const StateOwner& owner, std::string_view name, std::optional<std::string_view> value) = 0;
  // Forgets the owner's state and tombstones and empties its table: the first step of a full refresh.
  virtual Status reset_table(const StateOwner& owner, const ApplyPlan& plan) = 0;
  // The last step of a full refresh that was built aside: the built table, its tombstones and its owner's state take the place of the
  // other's, which go. Who reads sees the old table or the new one, whole.
  virtual Status replace_table(const TableReplacement& replacement) = 0;

  // Of the plan's table, which is prepared: forgets the deletes that were applied before this time, and what versions that became one
  // kept aside before it (apply_plan.h says what follows from that).
  virtual Status forget_deletes(const ApplyPlan& plan, TimestampMicros applied_before) = 0;

  // One entry an id: a record whose id is there already is only counted (times_seen), and open again where it was replayed. Gives the places in
  // `records` of those that were not there.
  virtual Result<std::vector<std::size_t>> quarantine(std::string_view run_id, std::string_view pipeline,
                                                      std::span<const QuarantinedRecord> records) = 0;
  // Ids that are not there are an internal error, or only written down.
  virtual Status change_quarantine(std::span<const QuarantineChange> changes) = 0;
  virtual Status log_commit(std::string_view run_id, const PassCommit& pass, std::span<const TableCommit> tables) = 0;
  virtual Status log_run(const RunLine& run) = 0;  // inserts the run, or replaces its line
  virtual Status log_failures(std::string_view run_id, std::span<const TableFailure> failures) = 0;
  virtual Status log_state_change(const StateChange& change) = 0;

  // Takes a person's rows out. A user error where this kind of destination can't.
  virtual Result<ErasureCounts> erase(const Erasure&) {
    return std::unexpected(Error::user("nobody can be erased from this kind of destination by this program; nothing was changed"));
  }
  virtual Status log_erasure(const ErasureRecord&) { return std::unexpected(Error::internal("an erasure that can't be has no record")); }

  // The table's rows as this transaction sees them, for the balance.
  virtual Result<std::uint64_t> count_rows(const TableName& table) = 0;

  // After success everything above is durable. After an error nothing of it is there, or all of it (a commit that became
  // durable and could not say so): the state tells which.
  virtual Status commit() = 0;
};

// Where rows land. One process at a time holds it for writing (a lock that open takes). Thread-safe but for its
// transactions, of which one is open at a time; reading goes on beside it and sees what was committed.
class Destination {
 public:
  virtual ~Destination() = default;

  // For people: "DuckDB file clinic.duckdb".
  virtual std::string describe() const = 0;

  // Why this plan can't be executed here (a user error when planning), or success.
  virtual Status accepts(const ApplyPlan& plan) const = 0;

  virtual Result<std::unique_ptr<Transaction>> begin() = 0;

  // Ends what the open transaction is doing now, as soon as that can be: the call fails with an error of the kind interrupted, and the transaction
  // is to be let go. A commit that has begun goes on. From any thread; a call that begins afterwards may know nothing of it, so who wants a
  // transaction to end asks until it has. A destination whose calls are short may ignore it.
  virtual void interrupt() {}

  virtual Result<std::optional<std::string>> find_state(const StateOwner& owner, std::string_view name) = 0;
  // Every entry of the owner whose name starts with the prefix, in order.
  virtual Status scan_state(const StateOwner& owner, std::string_view prefix,
                            const std::function<Status(std::string_view, std::string_view)>& visit) = 0;

  // Rows of a query, lazily; the destination outlives the reader. A user error where the SQL is wrong, with its message.
  // `_lakeflow` is documented in docs/state.md and can be asked like any other schema.
  virtual Result<std::shared_ptr<arrow::RecordBatchReader>> query(std::string_view sql) = 0;
  // The same, for who may have to end it early: after the stop this call, or a call of the reader, fails as soon as it can. A
  // destination whose queries can't be ended ignores the stop.
  virtual Result<std::shared_ptr<arrow::RecordBatchReader>> stoppable_query(std::string_view sql, std::stop_token stop) {
    static_cast<void>(stop);
    return query(sql);
  }

  // Writes all that is committed now to a new file or folder, which can be opened like the original, and goes on like it: rows, state, log. Runs
  // may go on beside it; what they commit meanwhile is not in it. It is whole or not there. A user error where something is there already.
  virtual Status backup(const std::string& path) {
    return std::unexpected(Error::user("this kind of destination has no backup of its own: " + path + " was not written"));
  }

  // Called between the runs of a process that goes on, by the thread that writes: a moment for what would else grow with its commits. An error is
  // a commit's: what was committed stands, and the destination should be opened anew.
  virtual Status between_runs() { return {}; }

  // Writes everything anew, so that nothing of rows that were deleted is left in its files: what follows an erasure. Called once, in the place
  // of close(); nothing is asked of it afterwards. An error means that remains of those rows may be left.
  virtual Status rewrite() { return close(); }

  // Puts what was committed into its final place (a log into its file): the last call before it is destroyed, without readers and
  // transactions. An error is worth a warning: what was committed stands, and later opens find it. Destroying does the same, silently.
  virtual Status close() { return {}; }
};

}  // namespace lakeflow
