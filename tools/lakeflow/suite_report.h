#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "testing/connector/connector_suite.h"
#include "tools/lakeflow/console.h"

namespace lakeflow {

// What `lakeflow test` shows of the suite of connectors.

std::size_t count_of(const std::vector<CheckResult>& results, Verdict verdict);

// The lines of a result as it comes, for people.
class SuiteLines {
 public:
  explicit SuiteLines(Console& console) : console_(console) {}
  void print(const CheckResult& result);

 private:
  Console& console_;
  std::string table_of_last_;
};

// Behind the lines: how many checks of each table passed, failed and were skipped; why they were skipped; what failed, once more;
// what was left at the source; the sum.
void print_summary(const std::vector<CheckResult>& results, const std::vector<std::string>& left_behind, Console& console);

// All of it as one JSON document.
void print_suite_json(std::string_view name, std::string_view connector, const std::vector<CheckResult>& results,
                      const std::vector<std::string>& left_behind, Console& console);

}  // namespace lakeflow
