#include "sources/healthcare/fhir/fhir_selection.h"

#include <algorithm>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <xxhash.h>
#include <nlohmann/json.hpp>

namespace lakeflow {

std::string fhir_selection(const FhirTableOptions& options) {
  std::vector<std::string> elements = options.schema.elements;
  if (options.filter.empty() && elements.empty()) {
    return {};
  }
  std::ranges::sort(elements);
  const std::string both = fmt::format("{}\n{}", options.filter, fmt::join(elements, ","));
  return fmt::format("{:016x}", XXH3_64bits(both.data(), both.size()));
}

Status check_fhir_selection(const Offset& start_offset, std::string_view table_name, std::string_view selection) {
  if (start_offset.is_start()) {
    return {};
  }
  const nlohmann::json json = nlohmann::json::parse(start_offset.json(), nullptr, false);
  const auto read_by = json.is_object() ? json.find("selection") : json.end();
  const std::string before = json.is_object() && read_by != json.end() && read_by->is_string() ? read_by->get<std::string>() : std::string();
  if (before == selection) {
    return {};
  }
  return std::unexpected(Error::user(
      fmt::format("search_filter or elements of {} were changed: its rows were chosen by what they were, and what that left out would never come",
                  table_name),
      "lakeflow ingest --full-refresh reads the table anew; lakeflow state set --since reads on from a time and leaves its rows as they are"));
}

}  // namespace lakeflow
