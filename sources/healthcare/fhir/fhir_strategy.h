#pragma once

#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/error.h"
#include "base/options.h"
#include "sources/interface/table_metadata.h"

namespace lakeflow {

class FhirServer;

// How a table is read again and again.
enum class FhirStrategy {
  kAuto,     // kHistory where the server declares it for the type and answers it, else kSearch
  kHistory,  // type-level _history: changes and deletes, every version
  kSearch,   // search by _lastUpdated, and now and then a comparison of ids for the deletes
  kCompare,  // each read gives the whole table: for servers without a usable meta.lastUpdated
};

std::string_view fhir_strategy_name(FhirStrategy strategy);  // "auto", "history", "search", "compare"
std::optional<FhirStrategy> parse_fhir_strategy(std::string_view name);

// The options of a table that say how it is read. A table's ingestion type follows from them alone, so it never changes by what a
// server happens to answer: `compare` is a snapshot; else the table is cdc_with_deletes, or cdc where nothing would tell of deletes.
struct FhirReadOptions {
  FhirStrategy strategy = FhirStrategy::kAuto;
  bool is_filtered = false;  // by search_filter, of which a history knows nothing: `auto` is kSearch then
  bool by_patient = false;   // the table is read patient by patient: `auto` is kSearch then, too
  // How long after a comparison of ids the next one is due; nothing: the default of the strategy that is in force.
  std::optional<TimestampMicros> delete_check_interval;
  bool compares_ids = true;             // delete_check_interval is not "never"
  std::int64_t delete_check_limit = 0;  // percent

  // The connection's option, or the table's where that has one. A user error where they go not together.
  static Result<FhirReadOptions> parse(std::string_view type, const Options& connection_options, const Options& table_options);

  IngestionType ingestion_type() const;

  // Of the strategy that is in force.
  TimestampMicros interval(FhirStrategy strategy_in_force) const;
};

// What `auto` is on this server, and why.
struct FhirStrategyFinding {
  FhirStrategy strategy = FhirStrategy::kSearch;
  std::string why;  // "the server declares history-type and answers it"
};

// Whether an answer to _history means that there is none to be had (and not that the server has a bad day).
bool refuses_history(int status);

// Asks the server: /metadata, and then for one entry of the type's history. An error where it can't be known now: a stop, no answer, a status of 401
// or of a server that has a bad day.
Result<FhirStrategyFinding> find_fhir_strategy(FhirServer& server, std::string_view type, const std::stop_token& stop);
// The same where it is known what the server declares.
Result<FhirStrategyFinding> find_fhir_strategy(FhirServer& server, std::string_view type, bool declares_history, const std::stop_token& stop);

}  // namespace lakeflow
