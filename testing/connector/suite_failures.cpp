// What a connector's own tests see of the suite.

#include <functional>
#include <ostream>
#include <utility>

#include <fmt/format.h>

#include "testing/connector/connector_suite.h"
#include "testing/connector/finding.h"

namespace lakeflow {
namespace {

// Why nothing could be tried.
CheckResult not_tried(const Error& error) {
  return {.check = "connects",
          .table = {},
          .verdict = Verdict::kFailed,
          .evidence = error.message(),
          .protects = "everything",
          .next_step = error.next_step()};
}

}  // namespace

std::vector<CheckResult> suite_failures(const ConnectorEntry& connector, const Options& connection_options, const std::vector<std::string>& tables,
                                        SuiteRequest request) {
  if (connector.fault) {
    return {not_tried(*connector.fault)};
  }
  const auto checked = connector.spec.check_connection_options(connection_options);
  if (!checked) {
    return {not_tried(checked.error())};
  }
  request.connect = [&](const Options& changed) {
    Options options = *checked;
    for (const auto& [name, value] : changed.values()) {
      options.set(name, value);
    }
    return connector.make(options);
  };
  request.spec = &connector.spec;
  request.connection_options = *checked;
  for (const std::string& table : tables) {
    request.tables.push_back({table, {}});
  }
  std::vector<CheckResult> failures;
  const std::function<void(const CheckResult&)> also = std::exchange(request.on_result, {});
  request.on_result = [&](const CheckResult& result) {
    // A connector's own tests have a source that works: a table of which nothing can be seen is none that passes.
    const bool is_unread =
        result.check == "reads_to_its_end" && result.verdict == Verdict::kSkipped && result.evidence.starts_with("the source fails");
    if (result.verdict == Verdict::kFailed || is_unread) {
      failures.push_back(result);
    }
    if (also) {
      also(result);
    }
  };
  const auto results = run_connector_suite(request);
  // Where the source gave nothing of any table each of them is there already.
  if (!results && (failures.empty() || results.error().kind() != ErrorKind::kSource)) {
    failures.push_back(not_tried(results.error()));
  }
  return failures;
}

void PrintTo(const std::vector<CheckResult>& failures, std::ostream* out) {
  *out << count_of(failures.size(), "failure");
  for (const CheckResult& failure : failures) {
    *out << fmt::format("\n  {}{}{}\n    seen:  {}", failure.table, failure.table.empty() ? "" : ": ", failure.check, failure.evidence);
    *out << fmt::format("\n    costs: {}", failure.protects);
    if (!failure.next_step.empty()) {
      *out << fmt::format("\n    next:  {}", failure.next_step);
    }
  }
  *out << "\n";
}

}  // namespace lakeflow
