#include "engine/report/run_report.h"

#include <algorithm>

namespace lakeflow {

std::string_view run_outcome_name(RunOutcome outcome) {
  switch (outcome) {
    case RunOutcome::kDone: return "done";
    case RunOutcome::kPartial: return "partial";
    case RunOutcome::kFailed: return "failed";
    case RunOutcome::kInterrupted: return "interrupted";
  }
  return "failed";
}

std::uint64_t RunReport::rejects() const {
  std::uint64_t total = 0;
  for (const PassReport& pass : passes) {
    for (const auto& [reason, count] : pass.rejects) {
      total += count;
    }
  }
  return total;
}

std::uint64_t RunReport::rows() const {
  std::uint64_t total = 0;
  for (const TableReport& table : tables) {
    total += table.rows_decoded;
  }
  return total;
}

int RunReport::exit_code() const {
  constexpr int kSomeTablesFailed = 6;
  if (outcome == RunOutcome::kDone) {
    return 0;
  }
  if (outcome == RunOutcome::kPartial) {
    return kSomeTablesFailed;
  }
  if (error) {
    return lakeflow::exit_code(error->kind());
  }
  const auto failed = std::ranges::find_if(tables, [](const TableReport& table) { return table.error.has_value(); });
  return lakeflow::exit_code(failed == tables.end() ? ErrorKind::kInternal : failed->error->kind());
}

}  // namespace lakeflow
