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

  // Each opens a transaction where none is open.
  Result<ApplyOutcome> apply(std::span<const PlainRecord> records);
  Result<ApplyCounts> finish_snapshot(bool complete);
  Status reset();

  Status commit();
  Status roll_back();

  // The committed rows as plain_text, sorted.
  Result<std::vector<std::string>> rows();

 private:
  using Model = ReferenceModel<std::string>;

  ApplyTrial(PlainTable table, TablePlan plan, std::unique_ptr<Destination> destination, Model model)
      : table_(std::move(table)), plan_(std::move(plan)), destination_(std::move(destination)), model_(model), committed_(std::move(model)) {}
  Status open_transaction();
  Model::Record model_record(const PlainRecord& record) const;

  PlainTable table_;
  TablePlan plan_;
  std::unique_ptr<Destination> destination_;
  std::unique_ptr<Transaction> transaction_;
  Model model_;
  Model committed_;  // as of the last commit
};

// "inserted 2, superseded 1", "rejected missing_key 1"; "nothing".
std::string outcome_text(const ApplyOutcome& outcome);

}  // namespace lakeflow
