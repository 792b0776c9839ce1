// What `lakeflow test --json` printed, read again.

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "testing/review/connector_review.h"

namespace lakeflow {
namespace {

std::optional<Verdict> parse_verdict(const std::string& name) {
  for (const Verdict verdict : {Verdict::kPassed, Verdict::kFailed, Verdict::kSkipped}) {
    if (verdict_name(verdict) == name) {
      return verdict;
    }
  }
  return std::nullopt;
}

std::string text_of(const nlohmann::json& object, const char* name) {
  const auto member = object.find(name);
  return member != object.end() && member->is_string() ? member->get<std::string>() : std::string();
}

}  // namespace

Result<std::vector<CheckResult>> parse_suite_results(std::string_view json, std::string_view connector) {
  const auto document = nlohmann::json::parse(json, nullptr, false);
  if (!document.is_object() || !document.contains("results") || !document["results"].is_array()) {
    return std::unexpected(Error::user("these are no results of the suite", "lakeflow test PIPELINE --json > results.json writes them"));
  }
  if (const std::string of = text_of(document, "connector"); of != connector) {
    return std::unexpected(Error::user(fmt::format("these are the suite's results of the connector {}, not of {}", of, connector)));
  }
  std::vector<CheckResult> results;
  for (const auto& entry : document["results"]) {
    const std::optional<Verdict> verdict = entry.is_object() ? parse_verdict(text_of(entry, "verdict")) : std::nullopt;
    if (!verdict) {
      return std::unexpected(Error::user(fmt::format("result {} of the suite has no verdict that is known", results.size() + 1)));
    }
    results.push_back({.check = text_of(entry, "check"),
                       .table = text_of(entry, "table"),
                       .verdict = *verdict,
                       .evidence = text_of(entry, "evidence"),
                       .protects = text_of(entry, "protects"),
                       .next_step = text_of(entry, "next_step")});
  }
  return results;
}

}  // namespace lakeflow
