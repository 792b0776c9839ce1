#pragma once

#include <string>
#include <string_view>

#include "base/error.h"
#include "sources/healthcare/fhir/fhir_table_options.h"
#include "sources/interface/offset.h"

namespace lakeflow {

// What a table takes of its type, in short: a hash of its search_filter and elements; empty where it takes all.
// An offset remembers it (member "selection"), as what was read by one selection says nothing about another.
std::string fhir_selection(const FhirTableOptions& options);

// A user error where the offset was reached by another selection: to read on would leave out, without a word, what the old one left out. The start
// goes with any.
Status check_fhir_selection(const Offset& start_offset, std::string_view table_name, std::string_view selection);

}  // namespace lakeflow
