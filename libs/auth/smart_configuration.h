#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace lakeflow {

// What a FHIR server says of its authorization server at {base}/.well-known/smart-configuration (SMART App Launch 2, "Conformance").
struct SmartConfiguration {
  std::string token_endpoint;
  std::vector<std::string> capabilities;
  std::vector<std::string> signing_algorithms;  // token_endpoint_auth_signing_alg_values_supported; empty where it does not say

  bool can(std::string_view capability) const;
};

std::string smart_configuration_url(std::string_view base_url);

// A source error where the document is none, or names no token endpoint. `place` is where it came from, for the error.
Result<SmartConfiguration> parse_smart_configuration(std::string_view json, std::string_view place);

}  // namespace lakeflow
