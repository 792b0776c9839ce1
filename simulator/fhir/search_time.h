#pragma once

#include <optional>
#include <string_view>

#include "simulator/fhir/resource_store.h"

namespace lakeflow {

// A date as a search gives it, "2024", "2024-05", "2024-05-01", "2024-05-01T12:30Z", "…:15.123Z", stands for the whole time
// that it covers (FHIR R4 §3.1.1.4.7). A time without a zone is UTC. Nothing where it is none.
std::optional<TimeRange> parse_search_date(std::string_view text);

// The instants that satisfy a date parameter's value, prefix included: "ge2024-05-01" is from that day's first instant on.
// (An instant is never partly in a range, so gt and sa, lt and eb are alike here.) Nothing where it is none, for the prefix ap,
// which asks for a judgement, and for ne, which is no single range.
std::optional<TimeRange> parse_date_condition(std::string_view text);

}  // namespace lakeflow
