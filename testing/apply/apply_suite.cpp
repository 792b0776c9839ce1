#include "testing/apply/apply_suite.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "testing/apply/apply_case.h"

namespace lakeflow {
namespace {

std::string describe(const Error& error) { return error.next_step().empty() ? error.message() : error.message() + " (" + error.next_step() + ")"; }

Status expect(const std::string& found, const std::string& wanted) {
  if (found == wanted) {
    return {};
  }
  return std::unexpected(Error::internal(fmt::format("found [{}], the case wants [{}]", found, wanted)));
}

Status run_step(const ApplyStep& step, ApplyTrial& trial) {
  switch (step.kind) {
    case ApplyStep::Kind::kSlice: {
      LAKEFLOW_ASSIGN(const ApplyOutcome outcome, trial.apply(step.records));
      return expect(outcome_text(outcome), step.outcome);
    }
    case ApplyStep::Kind::kFinish: {
      LAKEFLOW_ASSIGN(const ApplyCounts counts, trial.finish_snapshot(step.complete));
      return expect(outcome_text({counts, {}}), step.outcome);
    }
    case ApplyStep::Kind::kReset: return trial.reset();
    case ApplyStep::Kind::kForget: return trial.forget_deletes();
    case ApplyStep::Kind::kRun: return trial.begin_run(step.started_at);
    case ApplyStep::Kind::kCommit: return trial.commit();
    case ApplyStep::Kind::kRollback: return trial.roll_back();
    case ApplyStep::Kind::kRows: {
      LAKEFLOW_ASSIGN(const std::vector<std::string> rows, trial.rows());
      return expect(fmt::format("{}", fmt::join(rows, "; ")), fmt::format("{}", fmt::join(step.rows, "; ")));
    }
  }
  return {};
}

Status run_case(const ApplyCase& example, const DestinationFactory& factory) {
  Result<ApplyTrial> trial = ApplyTrial::begin(example.table, factory);
  if (!trial) {
    return std::unexpected(trial.error().at(example.place));
  }
  for (const ApplyStep& step : example.steps) {
    if (const Status done = run_step(step, *trial); !done) {
      return std::unexpected(done.error().at(step.place));
    }
  }
  return {};
}

}  // namespace

std::vector<std::string> run_apply_cases(const std::filesystem::path& folder, const DestinationFactory& factory) {
  const Result<std::vector<ApplyCase>> cases = load_apply_cases(folder);
  if (!cases) {
    return {describe(cases.error())};
  }
  std::vector<std::string> failures;
  for (const ApplyCase& example : *cases) {
    if (const Status done = run_case(example, factory); !done) {
      failures.push_back(fmt::format("{}: {}", example.name, describe(done.error())));
    }
  }
  return failures;
}

}  // namespace lakeflow
