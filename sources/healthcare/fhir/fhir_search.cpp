#include "sources/healthcare/fhir/fhir_search.h"

#include <algorithm>

#include <fmt/format.h>

namespace lakeflow {
namespace {

// The self link says which parameters the server understood (FHIR R4 §3.1.1.1.1); one without a query says nothing.
bool self_link_denies(const fhir::Answer& answer, std::string_view parameter) {
  const std::size_t query = answer.self_link.find('?');
  return query != std::string::npos && answer.self_link.find(parameter, query) == std::string::npos;
}

bool is_match(const fhir::BundleEntry& entry, std::string_view type) {
  return entry.resource_type == type && (entry.mode == fhir::SearchMode::kMatch || entry.mode == fhir::SearchMode::kUnsaid);
}

}  // namespace

std::string FhirSearch::url(std::string_view base_url, std::string_view type, std::string_view order, std::int64_t page_size) const {
  std::string url = fmt::format("{}/{}?{}", base_url, type, times());
  if (!order.empty()) {
    url += fmt::format("_sort={}&", order);
  }
  return url + fmt::format("_count={}{}{}{}", page_size, counted ? "&_total=accurate" : "", further.empty() ? "" : "&", further);
}

std::string FhirSearch::count_url(std::string_view base_url, std::string_view type) const {
  return fmt::format("{}/{}?{}_summary=count{}{}", base_url, type, times(), further.empty() ? "" : "&", further);
}

std::string FhirSearch::times() const {
  std::string text;
  if (until) {
    text += fmt::format("_lastUpdated=lt{}&", percent_encode(format_utc(*until)));
  }
  if (since) {
    text += fmt::format("_lastUpdated=ge{}&", percent_encode(format_utc(*since)));
  }
  return text;
}

TimestampMicros floor_to_second(TimestampMicros time) {
  constexpr TimestampMicros kSecond = 1'000'000;
  return time - ((time % kSecond) + kSecond) % kSecond;
}

std::string_view reason_to_leave_out(const fhir::BundleEntry& entry, std::string_view type) {
  if (entry.mode == fhir::SearchMode::kOutcome || (entry.resource_type == "OperationOutcome" && type != "OperationOutcome")) {
    return "search_outcome";
  }
  if (entry.mode == fhir::SearchMode::kInclude) {
    return "search_include";
  }
  return entry.resource_type.empty() || entry.resource_type == type ? std::string_view() : "other_type";
}

Status check_filter_was_understood(const FhirPage& first_page, std::string_view type, std::string_view filter, std::string_view option) {
  const std::string& link = first_page.answer.self_link;
  const std::size_t query = link.find('?');
  // A link that has nothing of what was asked (a token of the server's paging) says nothing of it either.
  if (query == std::string::npos || (link.find("_count=", query) == std::string::npos && link.find("_sort=", query) == std::string::npos)) {
    return {};
  }
  while (!filter.empty()) {
    const std::size_t end = std::min(filter.find('&'), filter.size());
    const std::string_view name = filter.substr(0, std::min(filter.find_first_of("=:%"), end));
    filter.remove_prefix(std::min(end + 1, filter.size()));
    bool is_there = false;
    for (std::size_t at = link.find(name, query); at != std::string::npos && !is_there; at = link.find(name, at + 1)) {
      is_there =
          (link[at - 1] == '?' || link[at - 1] == '&') && at + name.size() < link.size() && std::string_view("=:%.").contains(link[at + name.size()]);
    }
    if (!is_there) {
      return std::unexpected(
          Error::source(fmt::format("{}: the server left the search parameter {} of {} unused (its self link lacks it)", type, name, option),
                        "it would give all resources: take a parameter that the server's CapabilityStatement lists for the type"));
    }
  }
  return {};
}

Result<FhirOrder> judge_order(FhirServer& server, const FhirSearch& search, std::string_view type, const FhirPage& first_page,
                              const std::stop_token& stop) {
  const FhirOrder denied{.evidence_against = "its answer to a search for the newest resource"};
  if (self_link_denies(first_page.answer, "_sort")) {
    return FhirOrder{.evidence_against = "its self link"};
  }
  const fhir::BundleEntry* oldest = nullptr;
  std::optional<TimestampMicros> latest;
  for (const fhir::BundleEntry& entry : first_page.answer.entries) {
    if (is_match(entry, type)) {
      oldest = oldest == nullptr ? &entry : oldest;
      latest = std::max(latest, parse_utc(entry.last_updated));
    }
  }
  const FhirSearch for_newest{.since = search.since, .further = search.further};
  Result<std::optional<FhirPage>> answered = server.get_bundle(for_newest.url(server.base_url(), type, "-_lastUpdated", 1), stop);
  if (!answered && answered.error().kind() == ErrorKind::kInterrupted) {
    return std::unexpected(std::move(answered).error());
  }
  if (!answered || !*answered) {
    return denied;
  }
  const std::vector<fhir::BundleEntry>& entries = (*answered)->answer.entries;
  const auto newest = std::ranges::find_if(entries, [type](const fhir::BundleEntry& entry) { return is_match(entry, type); });
  if (oldest == nullptr || newest == entries.end() || newest->id == oldest->id) {
    return denied;
  }
  const std::optional<TimestampMicros> time = parse_utc(newest->last_updated);
  return time >= latest ? FhirOrder{.newest = time} : denied;
}

}  // namespace lakeflow
