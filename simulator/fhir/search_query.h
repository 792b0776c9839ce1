#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "simulator/fhir/operation_outcome.h"
#include "simulator/fhir/resource_store.h"
#include "simulator/http/request_target.h"

namespace lakeflow {

enum class SearchSort { kId, kIdDescending, kLastUpdated, kLastUpdatedDescending };

// A search, or a history where `history` is set, as far as it was understood.
struct SearchQuery {
  std::string type;        // empty: all types (history only)
  std::string history_id;  // history only; empty: all resources of the type
  bool history = false;
  TimeRange last_updated;  // all of _lastUpdated together; of a history, _since
  std::optional<std::vector<std::string>> ids;
  QueryParameters elements;                       // what elements must have (element_search.h)
  std::optional<std::vector<std::string>> shown;  // _elements
  SearchSort sort = SearchSort::kId;
  std::optional<std::size_t> page_size;
  bool with_total = true;
  bool only_total = false;  // _summary=count, _count=0
  QueryParameters used;     // those that were understood, for the self link
};

// What a server does differently from what it is asked.
struct SearchHabits {
  bool ignores_sort = false;
  bool ignores_last_updated = false;
  bool ignores_patient = false;  // and the like: patient, subject, actor
  bool keeps_it_secret = false;  // the ignored stand in the self link all the same
  bool strict = false;           // an unknown parameter is refused
};

// Refuses with 400 what can't be understood.
Granted<SearchQuery> parse_search(std::string_view type, const QueryParameters& parameters, const SearchHabits& habits);
Granted<SearchQuery> parse_history(std::string_view type, std::string_view id, const QueryParameters& parameters);

// What the query finds now, in its order.
std::vector<const ResourceVersion*> execute(const SearchQuery& query, const ResourceStore& store);

// "_lastUpdated=ge2024-05-01&_sort=_lastUpdated", encoded for a URL.
std::string encode_query(const QueryParameters& parameters);

}  // namespace lakeflow
