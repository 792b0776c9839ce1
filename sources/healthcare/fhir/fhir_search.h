#pragma once

#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/error.h"
#include "sources/healthcare/fhir/fhir_server.h"

namespace lakeflow {

// What is searched for: the resources of a type that were changed in [since, until).
struct FhirSearch {
  std::optional<TimestampMicros> since = {};
  std::optional<TimestampMicros> until = {};
  bool counted = false;  // asks for Bundle.total
  // Further parameters, encoded: which resources the table has ("category=laboratory"), and what of them is sent (_elements). Of all searches of a
  // table, and of searches alone: a history or an export knows nothing of them.
  std::string further = {};

  // The request for its first page; `order` is _lastUpdated or -_lastUpdated, or empty for none.
  std::string url(std::string_view base_url, std::string_view type, std::string_view order, std::int64_t page_size) const;

  // The request for how many they are (Bundle.total), and for none of them.
  std::string count_url(std::string_view base_url, std::string_view type) const;

 private:
  std::string times() const;
};

// Servers that keep whole seconds compare whole seconds.
TimestampMicros floor_to_second(TimestampMicros time);

// Why an entry of a search's answer is none of the type's ("search_outcome", "search_include", "other_type"); empty where it is.
std::string_view reason_to_leave_out(const fhir::BundleEntry& entry, std::string_view type);

// A source error where a search's first page tells, by its self link, that the server did not understand one of the parameters of `filter`, which
// come from the option: others than those would come.
Status check_filter_was_understood(const FhirPage& first_page, std::string_view type, std::string_view filter,
                                   std::string_view option = "search_filter");

// Whether a server sorts as it is asked to.
struct FhirOrder {
  std::string_view evidence_against = {};      // what shows that it does not; empty where it does
  std::optional<TimestampMicros> newest = {};  // lastUpdated of the newest resource of the search; always there where it sorts
};

// Looked at before anything relies on the order of a search: the self link of its first page, which has others behind it; and a search for the
// newest resource, which a server that sorts answers with another one than the oldest, and none older than the first page's last. An error only
// where a stop was asked for.
Result<FhirOrder> judge_order(FhirServer& server, const FhirSearch& search, std::string_view type, const FhirPage& first_page,
                              const std::stop_token& stop);

}  // namespace lakeflow
