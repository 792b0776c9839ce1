#pragma once

#include <map>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

#include "base/error.h"
#include "sources/healthcare/fhir/fhir_server.h"

namespace lakeflow {

// What a server declares of a resource type (CapabilityStatement.rest.resource).
struct FhirTypeSupport {
  bool search = false;           // the interaction search-type
  bool history = false;          // the interaction history-type
  bool by_last_updated = false;  // the search parameter _lastUpdated, of the type or of all
};

// What a server declares of itself, as far as reading needs it.
struct FhirCapability {
  std::string software;  // "HAPI FHIR Server 8.8.0"
  std::string fhir_version;
  std::map<std::string, FhirTypeSupport, std::less<>> types;

  // Nothing is supported of a type that is not declared.
  FhirTypeSupport of(std::string_view type) const;

  // GET /metadata. A source error where the answer is another status than 200, or no CapabilityStatement.
  static Result<FhirCapability> fetch(FhirServer& server, const std::stop_token& stop);
};

}  // namespace lakeflow
