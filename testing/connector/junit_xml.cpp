#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "testing/connector/connector_suite.h"

namespace lakeflow {
namespace {

std::string escaped(std::string_view text) {
  std::string xml;
  for (const char c : text) {
    switch (c) {
      case '&': xml += "&amp;"; break;
      case '<': xml += "&lt;"; break;
      case '>': xml += "&gt;"; break;
      case '"': xml += "&quot;"; break;
      default: xml += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
    }
  }
  return xml;
}

}  // namespace

std::string junit_xml(const std::vector<CheckResult>& results, std::string_view suite_name) {
  std::vector<std::string> tables;  // in the order in which they came
  for (const CheckResult& result : results) {
    if (std::ranges::find(tables, result.table) == tables.end()) {
      tables.push_back(result.table);
    }
  }
  std::string xml = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n";
  for (const std::string& table : tables) {
    std::string cases;
    int count = 0;
    int failures = 0;
    int skips = 0;
    double seconds = 0;
    const std::string name = table.empty() ? std::string(suite_name) : fmt::format("{}.{}", suite_name, table);
    for (const CheckResult& result : results) {
      if (result.table != table) {
        continue;
      }
      ++count;
      seconds += result.seconds;
      cases += fmt::format("    <testcase classname=\"{}\" name=\"{}\" time=\"{:.3f}\">", escaped(name), escaped(result.check), result.seconds);
      if (result.verdict == Verdict::kFailed) {
        ++failures;
        cases += fmt::format("<failure message=\"{}\">{}</failure>", escaped(result.evidence), escaped(result.next_step));
      } else if (result.verdict == Verdict::kSkipped) {
        ++skips;
        cases += fmt::format("<skipped message=\"{}\"/>", escaped(result.evidence));
      } else {
        cases += fmt::format("<system-out>{}</system-out>", escaped(result.evidence));
      }
      cases += "</testcase>\n";
    }
    xml += fmt::format("  <testsuite name=\"{}\" tests=\"{}\" failures=\"{}\" skipped=\"{}\" time=\"{:.3f}\">\n{}  </testsuite>\n", escaped(name),
                       count, failures, skips, seconds, cases);
  }
  return xml + "</testsuites>\n";
}

}  // namespace lakeflow
