#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "destinations/interface/destination.h"
#include "testing/apply/plain_table.h"
#include "testing/apply/reference_model.h"

namespace lakeflow {

// Gives a new and empty destination at each call.
using DestinationFactory = std::function<Result<std::unique_ptr<Destination>>()>;

// What became of some records.
struct ApplyOutcome {
  ApplyCounts counts;
  std::map<std::string, std::uint64_t> rejects;  // by reason
};

// One table in a destination, and beside it the reference model, which is told the same. Every step, where the two disagree on
// counts, rejects or rows, or the balance of the counts does not hold, is an internal error that says how.
class ApplyTrial {
 public:
  static Result<ApplyTrial> begin(PlainTable table, const DestinationFactory& factory);

  // The run that what follows belongs to begins at this time; before the first call at 1970-01-01T00:00:00Z.
  Status begin_run(TimestampMicros started_at);

  // Each opens a transaction where none is open.
  Result<ApplyOutcome> apply(std::span<const PlainRecord> records);
  Result<ApplyCounts> finish_snapshot(bool complete);
  Status reset();
  // Lets the destination forget its tombstones, however young.
  Status forget_deletes();

  Status commit();
  Status roll_back();

  // Closes the destination and goes on with what `reopen` gives. No transaction is open.
  Status restart(const DestinationFactory& reopen);

  // The committed rows as plain_text, sorted.
  Result<std::vector<std::string>> rows();

 private:
  using Model = ReferenceModel<std::string>;

  ApplyTrial(PlainTable table, TablePlan plan, std::unique_ptr<Destination> destination, Model model)
      : table_(std::move(table)), plan_(std::move(plan)), destination_(std::move(destination)), model_(model), committed_(std::move(model)) {}
  Status open_transaction();
  Model::Record model_record(const PlainRecord& record) const;
  std::vector<std::string> rows_of(const Model& model) const;

  PlainTable table_;
  TablePlan plan_;
  std::unique_ptr<Destination> destination_;
  std::unique_ptr<Transaction> transaction_;
  Model model_;
  Model committed_;  // as of the last commit
  TimestampMicros run_started_at_ = 0;
};

// "inserted 2, superseded 1", "rejected missing_key 1"; "nothing".
std::string outcome_text(const ApplyOutcome& outcome);

}  // namespace lakeflow
