// Testing: what the suite found, and what the connector's own tests are.

#include <algorithm>
#include <array>
#include <set>
#include <span>

#include <fmt/ranges.h>

#include "testing/review/review_trial.h"

namespace lakeflow {
namespace {

constexpr std::string_view kNoResults = "no results of the suite were given";
constexpr std::string_view kGiveResults =
    "lakeflow test PIPELINE --json > results.json, then review with --suite results.json; or review with --pipeline PIPELINE";
constexpr std::string_view kGiveMore = "let the suite run on a source, and on tables, where this can be seen";

struct NamedTest {
  std::string name;
  std::string place;
};

std::vector<NamedTest> tests_of(const ReviewTrial& trial) {
  static const std::regex pattern("\\bTEST(_F|_P)?\\(\\s*(\\w+)\\s*,\\s*(\\w+)");
  std::vector<NamedTest> tests;
  for (const SourceFile& file : trial.tree.files) {
    if (file.kind != FileKind::kTestCode) {
      continue;
    }
    for (std::sregex_iterator found(file.code.begin(), file.code.end(), pattern); found != std::sregex_iterator(); ++found) {
      tests.push_back({(*found)[3].str(), place_in(file, line_of(file.code, static_cast<std::size_t>(found->position())), (*found)[3].str())});
    }
  }
  return tests;
}

std::vector<std::string> tests_named(const ReviewTrial& trial, const char* pattern) {
  const std::regex words(pattern);
  std::vector<std::string> places;
  for (const NamedTest& test : tests_of(trial)) {
    if (std::regex_search(test.name, words)) {
      places.push_back(test.place);
    }
  }
  return places;
}

std::string text_of(const CheckResult& result) {
  return fmt::format("{}{}: {}", result.table.empty() ? "" : result.table + " ", result.check, result.evidence);
}

ReviewFinding passes_the_suite(const ReviewTrial& trial) {
  if (!trial.request.suite) {
    return not_shown(std::string(kNoResults), kGiveResults);
  }
  std::vector<std::string> failures;
  std::set<std::string> tables;
  std::size_t passes = 0;
  for (const CheckResult& result : *trial.request.suite) {
    passes += result.verdict == Verdict::kPassed ? 1U : 0U;
    if (result.verdict == Verdict::kFailed) {
      failures.push_back(text_of(result));
    }
    if (!result.table.empty()) {
      tables.insert(result.table);
    }
  }
  if (failures.empty() && (tables.empty() || passes == 0)) {
    return not_shown("the suite was run on no table", kGiveResults);
  }
  const std::size_t skips = trial.request.suite->size() - passes - failures.size();
  return none_of(failures, "check",
                 fmt::format("{} of {}: {} passed, none failed, {} skipped", count_of(tables.size(), "table"), trial.tables.size(), passes, skips));
}

// What the suite says of these checks, where each must have passed for some table and failed for none.
ReviewFinding shown_by_suite(const ReviewTrial& trial, std::span<const std::string_view> checks, const std::vector<std::string>& tests) {
  const std::string own = fmt::format("{} of its own", count_of(tests.size(), "test"));
  if (!trial.request.suite) {
    return not_shown(fmt::format("{}; {}", kNoResults, own), kGiveResults);
  }
  std::vector<std::string> faults;
  for (const std::string_view check : checks) {
    std::size_t passes = 0;
    for (const CheckResult& result : *trial.request.suite) {
      if (result.check == check && result.verdict == Verdict::kFailed) {
        faults.push_back(text_of(result));
      }
      passes += result.check == check && result.verdict == Verdict::kPassed ? 1U : 0U;
    }
    if (passes == 0 && faults.empty()) {
      return not_shown(fmt::format("{} passed for no table; {}", check, own), kGiveMore);
    }
  }
  return faults.empty() ? review_passed(fmt::format("{}; {}", fmt::join(checks, ", "), own), tests)
                        : review_failed(count_of(faults.size(), "check") + " failed", faults);
}

ReviewFinding tests_incremental_reading(const ReviewTrial& trial) {
  const bool is_any_incremental = std::ranges::any_of(
      trial.tables, [](const DeclaredTable& table) { return !table.metadata || table.metadata->ingestion_type != IngestionType::kSnapshot; });
  if (!trial.tables.empty() && !is_any_incremental) {
    return review_passed("all of its tables are snapshots: nothing is read from an offset");
  }
  constexpr std::array<std::string_view, 3> kChecks = {"resumes_at_each_offset", "brings_nothing_again_when_caught_up", "offset_stands_at_its_end"};
  return shown_by_suite(trial, kChecks, tests_named(trial, "Resum|Incremental|GoesOn|Again|Since|Offset|Changes|Later|Second|Next"));
}

ReviewFinding tests_errors(const ReviewTrial& trial) {
  const std::vector<std::string> tests = tests_named(trial,
                                                     "Refus|Err|Fail|Unknown|Wrong|Invalid|Broken|Mistake|Mistype|Retr|Unavailable|NotThere|Missing|"
                                                     "Forbid|Denie|Time(d)?Out|Damage|Bad|Down|NoSuch|Unread|Torn");
  if (tests.empty() && trial.request.suite) {
    return review_failed(fmt::format("none of {} is named after an error", count_of(tests_of(trial).size(), "test")));
  }
  constexpr std::array<std::string_view, 1> kChecks = {"refuses_unknown_tables"};
  return shown_by_suite(trial, kChecks, tests);
}

ReviewFinding has_its_test_file(const ReviewTrial& trial) {
  const SourceFile* const file = trial.tree.find(trial.test_file());
  if (file == nullptr) {
    return review_failed(fmt::format("there is no {}", trial.test_file()));
  }
  const std::size_t tests = tests_of(trial).size();
  const bool has_a_test = std::regex_search(file->code, std::regex("\\bTEST(_F|_P)?\\("));
  return has_a_test ? review_passed(fmt::format("{}; {} in the folder", trial.test_file(), count_of(tests, "test")))
                    : review_failed(trial.test_file() + " has no test");
}

ReviewFinding tests_a_real_source(const ReviewTrial& trial) {
  std::vector<std::string> mocks = places_of(trial.tree, FileKind::kTestCode, std::regex("\\bMOCK_METHOD|\\bclass\\s+(Mock|Fake)\\w*"));
  if (!mocks.empty()) {
    return review_failed(fmt::format("{} in place of a source", count_of(mocks.size(), "line")), mocks);
  }
  std::vector<std::string> sources =
      places_of(trial.tree, FileKind::kTestCode,
                std::regex("#include\\s*[<\"](simulator/|httplib)[^>\"]*|\\b(suite_failures|run_connector_suite)\\(|\\bstd::ofstream\\b"));
  if (sources.empty()) {
    return needs_person("nothing in its tests shows what they read");
  }
  return review_passed(fmt::format("simulators, files or the suite in {}", count_of(sources.size(), "place")), sources);
}

}  // namespace

std::vector<ReviewCheckOf> testing_checks() {
  constexpr std::string_view kMendFailures = "mend what failed; lakeflow test PIPELINE --check NAME shows it alone";
  return {
      {"passes_the_suite", "what each check of the suite protects", kMendFailures, passes_the_suite},
      {"tests_a_real_source", "mistakes that only a source shows", "read a simulated source, or files, by the connector itself", tests_a_real_source},
      {"tests_incremental_reading", "rows around the place where a run begins", kMendFailures, tests_incremental_reading},
      {"tests_errors", "errors that nobody can act on", "test what becomes of refusals, torn answers and wrong options, and name the tests so",
       tests_errors},
      {"has_its_test_file", "tests that nobody finds", "write test/test_NAME_lakeflow_connect.cpp", has_its_test_file}};
}

}  // namespace lakeflow
