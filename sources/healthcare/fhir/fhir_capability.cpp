#include "sources/healthcare/fhir/fhir_capability.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace lakeflow {
namespace {

using Json = nlohmann::json;

const Json kNothing;

// Members of a document that may be anything.
const Json& member(const Json& object, const char* name) {
  const auto found = object.is_object() ? object.find(name) : object.end();
  return found == object.end() ? kNothing : *found;
}

std::string text_of(const Json& object, const char* name) {
  const Json& value = member(object, name);
  return value.is_string() ? value.get<std::string>() : std::string();
}

bool lists(const Json& objects, const char* name, std::string_view text) {
  for (const Json& object : objects) {
    if (text_of(object, name) == text) {
      return true;
    }
  }
  return false;
}

}  // namespace

FhirTypeSupport FhirCapability::of(std::string_view type) const {
  const auto found = types.find(type);
  return found == types.end() ? FhirTypeSupport() : found->second;
}

Result<FhirCapability> FhirCapability::fetch(FhirServer& server, const std::stop_token& stop) {
  LAKEFLOW_ASSIGN(const HttpResponse response, server.get(server.base_url() + "/metadata", stop));
  if (response.status != 200) {
    return std::unexpected(server.refusal(response));
  }
  const Json document = Json::parse(response.body, nullptr, false);
  if (text_of(document, "resourceType") != "CapabilityStatement") {
    return std::unexpected(Error::source("the answer is no CapabilityStatement", "is fhir_base_url the base of a FHIR server?"));
  }
  FhirCapability capability;
  const Json& software = member(document, "software");
  const std::string name = text_of(software, "name");
  const std::string version = text_of(software, "version");
  capability.software = fmt::format("{}{}{}", name.empty() ? "unnamed software" : name, version.empty() ? "" : " ", version);
  capability.fhir_version = text_of(document, "fhirVersion");
  for (const Json& rest : member(document, "rest")) {
    const bool all_by_last_updated = lists(member(rest, "searchParam"), "name", "_lastUpdated");
    for (const Json& resource : member(rest, "resource")) {
      FhirTypeSupport& support = capability.types[text_of(resource, "type")];
      const Json& interactions = member(resource, "interaction");
      support.search = support.search || lists(interactions, "code", "search-type");
      support.history = support.history || lists(interactions, "code", "history-type");
      support.by_last_updated = support.by_last_updated || all_by_last_updated || lists(member(resource, "searchParam"), "name", "_lastUpdated");
    }
  }
  return capability;
}

}  // namespace lakeflow
