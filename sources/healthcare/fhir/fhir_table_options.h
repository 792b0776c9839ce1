#pragma once

#include <string>
#include <string_view>

#include "base/error.h"
#include "base/options.h"
#include "libs/fhir/resource_schema.h"

namespace lakeflow {

// The table options of connector_spec.yaml that concern a FHIR table.
struct FhirTableOptions {
  fhir::SchemaOptions schema;
  std::string filter;    // search_filter, encoded for a URL; empty: all resources of the type
  std::string elements;  // "_elements=id,meta,status"; empty: the server sends whole resources

  // A user error where an option makes no sense for the type, or with another.
  static Result<FhirTableOptions> parse(std::string_view type, const Options& table_options);
};

// A search's parameters as a person writes them, "category=laboratory&code=http://loinc.org|718-7", encoded for a URL; what is encoded already
// stays so. A user error where it is no query, or has parameters that are the connector's own (_sort, _lastUpdated …), which the error names. It
// never names a value: that may be a patient's. `option` is what they were given in ("table option search_filter").
Result<std::string> encode_search_filter(std::string_view filter, std::string_view option = "table option search_filter");

}  // namespace lakeflow
