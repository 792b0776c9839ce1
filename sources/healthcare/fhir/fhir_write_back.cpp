#include "sources/healthcare/fhir/fhir_write_back.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "sources/healthcare/fhir/fhir_strategy.h"
#include "sources/healthcare/fhir/fhir_table_options.h"

namespace lakeflow {

Result<WritableTable> writable_fhir_table(const TableRequest& table, const Options& connection_options) {
  constexpr std::array<std::string_view, 3> kWithoutNarrative{"Binary", "Bundle", "Parameters"};  // they are no DomainResource
  if (std::ranges::find(kWithoutNarrative, table.table_name) != kWithoutNarrative.end()) {
    return std::unexpected(Error::user(fmt::format("{} has no narrative, in which revisions differ", table.table_name)));
  }
  LAKEFLOW_ASSIGN(const FhirReadOptions reading, FhirReadOptions::parse(table.table_name, connection_options, table.table_options));
  if (reading.is_filtered || reading.by_patient) {
    return std::unexpected(
        Error::user("the table is not of all resources of its type (search_filter, patients): what is written may not belong to it"));
  }
  LAKEFLOW_TRY(FhirTableOptions::parse(table.table_name, table.table_options));
  WritableTable writable{.table = table, .remainder = "their versions in the server's history"};
  if (reading.compares_ids && reading.strategy != FhirStrategy::kCompare) {
    writable.table.table_options.set("delete_check_interval", "0");
  }
  return writable;
}

Result<std::string> put_fhir_resource(FhirServer& server, std::string_view type, std::string_view name, int revision, const std::stop_token& stop) {
  const std::string resource = fmt::format(
      R"({{"resourceType":"{}","id":"{}","text":{{"status":"generated","div":"<div xmlns=\"http://www.w3.org/1999/xhtml\">A test of a reader, revision {}</div>"}}}})",
      type, name, revision);
  LAKEFLOW_ASSIGN(const HttpResponse answer, server.send({.method = "PUT",
                                                          .url = fmt::format("{}/{}/{}", server.base_url(), type, name),
                                                          .headers = {{"Content-Type", "application/fhir+json"}, {"Accept", "application/fhir+json"}},
                                                          .body = resource},
                                                         stop));
  if (answer.status != 200 && answer.status != 201) {
    return std::unexpected(server.refusal(answer));
  }
  return std::string(name);
}

Status delete_fhir_resource(FhirServer& server, std::string_view type, std::string_view name, const std::stop_token& stop) {
  LAKEFLOW_ASSIGN(const HttpResponse answer, server.send({.method = "DELETE", .url = fmt::format("{}/{}/{}", server.base_url(), type, name)}, stop));
  const bool is_gone = answer.status == 404 || answer.status == 410;
  return is_gone || (answer.status >= 200 && answer.status < 300) ? Status() : std::unexpected(server.refusal(answer));
}

}  // namespace lakeflow
