#include "sources/healthcare/fhir/fhir_strategy.h"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include "sources/healthcare/fhir/fhir_capability.h"
#include "sources/healthcare/fhir/fhir_patient_source.h"
#include "sources/healthcare/fhir/fhir_server.h"

namespace lakeflow {
namespace {

constexpr std::array<std::pair<FhirStrategy, std::string_view>, 4> kNames{
    {{FhirStrategy::kAuto, "auto"}, {FhirStrategy::kHistory, "history"}, {FhirStrategy::kSearch, "search"}, {FhirStrategy::kCompare, "compare"}}};

constexpr TimestampMicros kDay = TimestampMicros{24} * 3600 * 1'000'000;

std::string option_text(const Options& connection_options, const Options& table_options, std::string_view name) {
  return table_options.has(name) ? table_options.text(name) : connection_options.text(name);
}

}  // namespace

std::string_view fhir_strategy_name(FhirStrategy strategy) {
  return std::ranges::find(kNames, strategy, &std::pair<FhirStrategy, std::string_view>::first)->second;
}

std::optional<FhirStrategy> parse_fhir_strategy(std::string_view name) {
  const auto found = std::ranges::find(kNames, name, &std::pair<FhirStrategy, std::string_view>::second);
  return found == kNames.end() ? std::nullopt : std::optional(found->first);
}

Result<FhirReadOptions> FhirReadOptions::parse(std::string_view type, const Options& connection_options, const Options& table_options) {
  FhirReadOptions options;
  options.strategy = parse_fhir_strategy(option_text(connection_options, table_options, "strategy")).value_or(FhirStrategy::kAuto);
  options.is_filtered = !table_options.text("search_filter").empty();
  if (options.is_filtered && options.strategy == FhirStrategy::kHistory) {
    return std::unexpected(Error::user("option strategy is history, and the table has a search_filter, of which a history knows nothing",
                                       "set strategy: search for this table, or filter what has landed in SQL"));
  }
  LAKEFLOW_ASSIGN(const FhirPatientSource patients, FhirPatientSource::parse(connection_options, table_options));
  options.by_patient = patients.reads_by_patient(type);
  if (options.by_patient && options.strategy != FhirStrategy::kAuto && options.strategy != FhirStrategy::kSearch) {
    return std::unexpected(Error::user(
        fmt::format("option strategy is {}, and the table is read by patient, which is a search for each", fhir_strategy_name(options.strategy)),
        "take strategy out for this table, or set patients: none for it"));
  }
  if ((options.is_filtered || options.by_patient) && options.strategy == FhirStrategy::kAuto) {
    options.strategy = FhirStrategy::kSearch;
  }
  const std::string interval = option_text(connection_options, table_options, "delete_check_interval");
  options.compares_ids = interval != "never";
  if (!interval.empty() && options.compares_ids) {
    const std::optional<double> seconds = parse_duration_seconds(interval);
    if (!seconds) {
      return std::unexpected(
          Error::user("option delete_check_interval is neither a duration nor never", "write 1d, 12h, 30m, 0 (each run) or never"));
    }
    options.delete_check_interval = static_cast<TimestampMicros>(*seconds * 1e6);
  }
  const std::string limit = option_text(connection_options, table_options, "delete_check_limit");
  options.delete_check_limit = parse_integer(limit).value_or(20);
  if (options.delete_check_limit < 0 || options.delete_check_limit > 100) {
    return std::unexpected(Error::user("option delete_check_limit is no percentage", "write a whole number from 0 to 100"));
  }
  return options;
}

IngestionType FhirReadOptions::ingestion_type() const {
  if (strategy == FhirStrategy::kCompare) {
    return IngestionType::kSnapshot;
  }
  return strategy == FhirStrategy::kSearch && !compares_ids ? IngestionType::kCdc : IngestionType::kCdcWithDeletes;
}

TimestampMicros FhirReadOptions::interval(FhirStrategy strategy_in_force) const {
  return delete_check_interval.value_or(strategy_in_force == FhirStrategy::kHistory ? 7 * kDay : kDay);
}

bool refuses_history(int status) {
  constexpr std::array kRefusals{400, 403, 404, 405, 410, 422, 501};
  return std::ranges::find(kRefusals, status) != kRefusals.end();
}

Result<FhirStrategyFinding> find_fhir_strategy(FhirServer& server, std::string_view type, const std::stop_token& stop) {
  Result<FhirCapability> capability = FhirCapability::fetch(server, stop);
  if (!capability) {
    const bool is_silent = refuses_history(server.last_status());
    return is_silent ? Result<FhirStrategyFinding>(FhirStrategyFinding{FhirStrategy::kSearch, "the server does not give its CapabilityStatement"})
                     : std::unexpected(std::move(capability).error());
  }
  return find_fhir_strategy(server, type, capability->of(type).history, stop);
}

Result<FhirStrategyFinding> find_fhir_strategy(FhirServer& server, std::string_view type, bool declares_history, const std::stop_token& stop) {
  if (!declares_history) {
    return FhirStrategyFinding{FhirStrategy::kSearch, "the server does not declare history-type"};
  }
  Result<std::optional<FhirPage>> page = server.get_bundle(fmt::format("{}/{}/_history?_count=1", server.base_url(), type), stop);
  const int status = server.last_status();
  if (refuses_history(status)) {
    return FhirStrategyFinding{FhirStrategy::kSearch, fmt::format("the server declares history-type and answers it with {}", status)};
  }
  if (!page) {
    const bool is_answered = status >= 200 && status < 300;
    return is_answered ? Result<FhirStrategyFinding>(
                             FhirStrategyFinding{FhirStrategy::kSearch, "the server declares history-type and answers it with no Bundle"})
                       : std::unexpected(std::move(page).error());
  }
  return FhirStrategyFinding{FhirStrategy::kHistory, "the server declares history-type and answers it"};
}

}  // namespace lakeflow
