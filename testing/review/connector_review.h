#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/options.h"
#include "sources/interface/registry.h"
#include "testing/connector/connector_suite.h"

namespace lakeflow {

// The review of a connector: the design document's checklist (§8), each item looked at by machine, with what it saw. It looks at the folder of the
// connector's source code, at what the connector declares, at the history that git has of the folder, and at what the suite found
// (testing/connector). It changes nothing, and reads nothing of the source.

enum class ReviewVerdict {
  kPassed,
  kFailed,
  kNeedsPerson,  // a machine can show where to look; a person decides
  kNotShown,     // what would show it was not given, or is not there: never a pass
};
std::string_view verdict_name(ReviewVerdict verdict);  // "passed", "failed", "needs a person", "not shown"

struct ReviewResult {
  std::string check;    // "prints_nothing"
  std::string section;  // of the checklist: "code", "testing", "documentation", "security"
  ReviewVerdict verdict = ReviewVerdict::kNotShown;
  std::string evidence;             // what was seen, in a sentence; never the value of a secret
  std::vector<std::string> places;  // "lakeflow_connect.cpp:40: std::cout", "table orders: …"
  std::string protects;             // what is lost where it fails
  std::string mend;                 // what to do where it did not pass: for the author, or the question that the person answers
};

struct ReviewRequest {
  std::filesystem::path folder;
  const ConnectorEntry* connector = nullptr;
  // Checked. With these the connector is made, to see what it declares: its spec's documentation_options, as nothing should be reached.
  Options connection_options;
  // What the suite found on some source of it; nothing where it was not run.
  std::optional<std::vector<CheckResult>> suite;
};

// All checks, in their order. An error where the folder can't be read.
Result<std::vector<ReviewResult>> review_connector(const ReviewRequest& request);

// "27 of 28 passed, 4 need a person": of what a machine decides, passed; what was not shown counts as not passed.
std::string review_score(const std::vector<ReviewResult>& results);

struct ReviewCheckName {
  std::string check;
  std::string section;
  std::string protects;
};
std::vector<ReviewCheckName> review_checks();

// The results that `lakeflow test --json` printed. A user error where the text is none, or of another connector.
Result<std::vector<CheckResult>> parse_suite_results(std::string_view json, std::string_view connector);

}  // namespace lakeflow
