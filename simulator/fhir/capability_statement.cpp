#include "simulator/fhir/capability_statement.h"

#include <fmt/format.h>

#include "simulator/fhir/resource_types.h"
#include "simulator/http/server_clock.h"

namespace lakeflow {
namespace {

constexpr std::string_view kResource =
    R"({"code":"read"},{"code":"vread"},{"code":"update"},{"code":"delete"},{"code":"history-instance"},)"
    R"({"code":"create"},{"code":"search-type"}],"versioning":"versioned-update","readHistory":true,"updateCreate":true,)"
    R"("searchParam":[{"name":"_id","type":"token"},{"name":"_lastUpdated","type":"date"}]})";

}  // namespace

std::string capability_statement(std::string_view base_url, TimestampMicros now, const std::function<bool(std::string_view)>& has_history) {
  std::string text = fmt::format(
      R"({{"resourceType":"CapabilityStatement","status":"active","date":"{}","kind":"instance","software":{{"name":"lakeflow simulate fhir"}},)"
      R"("implementation":{{"description":"A simulated FHIR server","url":"{}"}},"fhirVersion":"4.0.1","format":["application/fhir+json"],)"
      R"("rest":[{{"mode":"server","resource":[)",
      format_instant(now), base_url);
  std::string_view separator;
  for (const std::string_view type : fhir_resource_types()) {
    text += fmt::format(R"({}{{"type":"{}",)", separator, type);
    text += has_history(type) ? R"("interaction":[{"code":"history-type"},)" : R"("interaction":[)";
    text += kResource;
    separator = ",";
  }
  text += R"(],"interaction":[{"code":"transaction"},{"code":"batch"},{"code":"history-system"}]}]})";
  return text;
}

}  // namespace lakeflow
