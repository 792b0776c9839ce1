#include "sources/healthcare/fhir/fhir_patient_probe.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "sources/healthcare/fhir/fhir_patient_compartment.h"
#include "sources/healthcare/fhir/fhir_search.h"

namespace lakeflow {
namespace {

// How servers say that a search is too wide for them.
bool may_want_a_patient(int status) {
  constexpr std::array kStatuses{400, 403, 405, 412, 422, 501};
  return std::ranges::find(kStatuses, status) != kStatuses.end();
}

// Some patient of the server, where it lets one be found; else an id that it need not have, for which it finds nothing.
std::string some_patient(FhirServer& server, const std::stop_token& stop) {
  const Result<std::optional<FhirPage>> page = server.get_bundle(fmt::format("{}/Patient?_count=1", server.base_url()), stop);
  if (page && *page) {
    for (const fhir::BundleEntry& entry : (*page)->answer.entries) {
      if (reason_to_leave_out(entry, "Patient").empty() && !entry.id.empty()) {
        return entry.id;
      }
    }
  }
  return "1";
}

}  // namespace

Error explain_refusal(FhirServer& server, std::string_view type, Error error, const std::stop_token& stop) {
  const int status = server.last_status();
  if (error.kind() != ErrorKind::kSource || !may_want_a_patient(status) || !is_of_patient_compartment(type)) {
    return error;
  }
  const auto ask = [&](std::string_view parameters) {
    return server.get_bundle(fmt::format("{}/{}?{}_count=1", server.base_url(), type, parameters), stop);
  };
  const Result<std::optional<FhirPage>> whole = ask("");
  if (whole || server.last_status() != status) {
    return error;  // it was something else, which has passed
  }
  const Result<std::optional<FhirPage>> of_one = ask(patient_search(type, some_patient(server, stop)) + "&");
  if (!of_one || !*of_one) {
    return error;
  }
  return Error::user(
      fmt::format("this server answers only per patient: it refuses a search for all of {} ({}) and answers one for a single patient", type, status),
      "name the patients, of whom the table is then read: patients: Group/ID, or patients_file: FILE (an id a line)");
}

}  // namespace lakeflow
