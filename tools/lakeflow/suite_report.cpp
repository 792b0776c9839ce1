#include "tools/lakeflow/suite_report.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "tools/lakeflow/output/text_table.h"

namespace lakeflow {
namespace {

constexpr std::string_view kConnection = "(connection)";  // where a result is of no table

std::string_view shown_table(const CheckResult& result) { return result.table.empty() ? kConnection : std::string_view(result.table); }

void add_once(std::vector<std::string>& names, std::string_view name) {
  if (std::ranges::find(names, name) == names.end()) {
    names.emplace_back(name);
  }
}

std::string some_of(const std::vector<std::string>& names) {
  constexpr std::size_t kShown = 3;
  const std::vector<std::string> first(names.begin(), names.begin() + static_cast<std::ptrdiff_t>(std::min(kShown, names.size())));
  return fmt::format("{}{}", fmt::join(first, ", "), names.size() > kShown ? fmt::format(" and {} more", names.size() - kShown) : "");
}

std::string counts_of_tables(const std::vector<CheckResult>& results) {
  std::vector<std::string> names;  // in the order in which they came
  for (const CheckResult& result : results) {
    add_once(names, shown_table(result));
  }
  TextTable table({{"TABLE"}, {"PASSED", Align::kRight}, {"FAILED", Align::kRight}, {"SKIPPED", Align::kRight}});
  for (const std::string& name : names) {
    std::array<std::size_t, 3> counts{};
    for (const CheckResult& result : results) {
      counts[static_cast<std::size_t>(result.verdict)] += shown_table(result) == name ? 1U : 0U;
    }
    table.add({name, std::to_string(counts[0]), std::to_string(counts[1]), std::to_string(counts[2])});
  }
  return table.render();
}

std::string reasons_of_skips(const std::vector<CheckResult>& results) {
  struct Reason {
    std::string text;
    std::vector<std::string> checks;
    std::vector<std::string> tables;
  };
  std::vector<Reason> reasons;
  for (const CheckResult& result : results) {
    if (result.verdict != Verdict::kSkipped) {
      continue;
    }
    auto reason = std::ranges::find(reasons, result.evidence, &Reason::text);
    if (reason == reasons.end()) {
      reason = reasons.insert(reasons.end(), {result.evidence, {}, {}});
    }
    add_once(reason->checks, result.check);
    add_once(reason->tables, shown_table(result));
  }
  if (reasons.empty()) {
    return {};
  }
  TextTable table({{"SKIPPED"}, {"TABLES"}, {"WHY"}});
  for (const Reason& reason : reasons) {
    table.add({some_of(reason.checks), some_of(reason.tables), reason.text});
  }
  return "\n" + table.render();
}

std::string next_line(std::string_view indent, const CheckResult& result) {
  return result.next_step.empty() ? std::string() : fmt::format("{}next: {}\n", indent, result.next_step);
}

// Once more at the end: where there are many tables nobody finds them above.
std::string failures_of(const std::vector<CheckResult>& results) {
  std::string text;
  for (const CheckResult& result : results) {
    if (result.verdict == Verdict::kFailed) {
      text += fmt::format("  {} {}: {}\n{}", shown_table(result), result.check, result.evidence, next_line("    ", result));
    }
  }
  return text.empty() ? text : "\nFAILED\n" + text;
}

}  // namespace

std::size_t count_of(const std::vector<CheckResult>& results, Verdict verdict) {
  return static_cast<std::size_t>(std::ranges::count(results, verdict, &CheckResult::verdict));
}

void SuiteLines::print(const CheckResult& result) {
  if (result.table != table_of_last_) {
    console_.print(fmt::format("\n{}\n", result.table));
    table_of_last_ = result.table;
  }
  const std::string_view mark = result.verdict == Verdict::kPassed ? "ok     " : result.verdict == Verdict::kFailed ? "FAILED " : "skipped";
  console_.print(fmt::format("  {} {}: {}\n", mark, result.check, result.evidence));
  if (result.verdict == Verdict::kFailed) {
    console_.print(fmt::format("          costs: {}\n{}", result.protects, next_line("          ", result)));
  }
  console_.flush();
}

void print_summary(const std::vector<CheckResult>& results, const std::vector<std::string>& left_behind, Console& console) {
  console.print("\n" + counts_of_tables(results) + reasons_of_skips(results) + failures_of(results));
  if (!left_behind.empty()) {
    console.print(fmt::format("\nWritten to the source:\n  {}\n", fmt::join(left_behind, "\n  ")));
  }
  console.print(fmt::format("\n{} passed, {} failed, {} skipped\n", count_of(results, Verdict::kPassed), count_of(results, Verdict::kFailed),
                            count_of(results, Verdict::kSkipped)));
}

void print_suite_json(std::string_view name, std::string_view connector, const std::vector<CheckResult>& results,
                      const std::vector<std::string>& left_behind, Console& console) {
  nlohmann::ordered_json document = {{"pipeline", name},
                                     {"connector", connector},
                                     {"passed", count_of(results, Verdict::kPassed)},
                                     {"failed", count_of(results, Verdict::kFailed)},
                                     {"skipped", count_of(results, Verdict::kSkipped)},
                                     {"written_to_the_source", left_behind},
                                     {"results", nlohmann::ordered_json::array()}};
  for (const CheckResult& result : results) {
    document["results"].push_back({{"check", result.check},
                                   {"table", result.table},
                                   {"verdict", verdict_name(result.verdict)},
                                   {"evidence", result.evidence},
                                   {"protects", result.protects},
                                   {"next_step", result.next_step},
                                   {"seconds", result.seconds}});
  }
  console.print(document.dump(2) + "\n");
}

}  // namespace lakeflow
