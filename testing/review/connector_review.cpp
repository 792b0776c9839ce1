#include "testing/review/connector_review.h"

#include <algorithm>
#include <array>

#include "testing/review/review_trial.h"

namespace lakeflow {
namespace {

struct Section {
  std::string_view name;
  std::vector<ReviewCheckOf> checks;
};

std::vector<Section> all_sections() {
  std::vector<Section> sections = {
      {"code", contract_checks()}, {"testing", testing_checks()}, {"documentation", document_checks()}, {"security", credential_checks()}};
  const auto add = [](Section& section, const std::vector<ReviewCheckOf>& more) {
    section.checks.insert(section.checks.end(), more.begin(), more.end());
  };
  add(sections[0], source_text_checks());
  add(sections[2], reference_checks());
  add(sections[3], secret_option_checks());
  return sections;
}

}  // namespace

std::string_view verdict_name(ReviewVerdict verdict) {
  constexpr std::array<std::string_view, 4> kNames{"passed", "failed", "needs a person", "not shown"};
  return kNames[static_cast<std::size_t>(verdict)];
}

Result<std::vector<ReviewResult>> review_connector(const ReviewRequest& request) {
  LAKEFLOW_ASSIGN(const ReviewTrial trial, ReviewTrial::make(request));
  std::vector<ReviewResult> results;
  for (const Section& section : all_sections()) {
    for (const ReviewCheckOf& check : section.checks) {
      ReviewFinding finding = check.run(trial);
      results.push_back({.check = std::string(check.name),
                         .section = std::string(section.name),
                         .verdict = finding.verdict,
                         .evidence = std::move(finding.evidence),
                         .places = std::move(finding.places),
                         .protects = std::string(check.protects),
                         .mend = finding.verdict == ReviewVerdict::kPassed ? std::string()
                                 : finding.next.empty()                    ? std::string(check.mend)
                                                                           : std::move(finding.next)});
    }
  }
  return results;
}

std::string review_score(const std::vector<ReviewResult>& results) {
  const auto count = [&](ReviewVerdict verdict) { return std::ranges::count(results, verdict, &ReviewResult::verdict); };
  const auto person = count(ReviewVerdict::kNeedsPerson);
  return fmt::format("{} of {} passed, {} need{} a person", count(ReviewVerdict::kPassed), std::ssize(results) - person, person,
                     person == 1 ? "s" : "");
}

std::vector<ReviewCheckName> review_checks() {
  std::vector<ReviewCheckName> names;
  for (const Section& section : all_sections()) {
    for (const ReviewCheckOf& check : section.checks) {
      names.push_back({std::string(check.name), std::string(section.name), std::string(check.protects)});
    }
  }
  return names;
}

}  // namespace lakeflow
