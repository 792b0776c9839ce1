#include "sources/healthcare/fhir/fhir_id_listing.h"

#include <algorithm>
#include <utility>

#include "sources/healthcare/fhir/fhir_patient_compartment.h"

namespace lakeflow {
namespace {

FhirSearchTerms of_ids(FhirSearchTerms terms) {
  terms.elements = "_elements=id,meta";
  return terms;
}

// A listing is no read of the table: it begins at the beginning, and nobody goes on from it.
ReadContext listing_context(const ReadContext& context) {
  ReadContext own = context;
  own.deadline.reset();
  own.state = nullptr;
  return own;
}

}  // namespace

FhirTypeListing::FhirTypeListing(FhirServer& server, FhirSearchTerms terms, const ReadContext& context)
    : server_(server),
      reader_(server, {.terms = of_ids(std::move(terms)), .look_back = 0, .ids_met = &ids_}, FhirPosition(), true, SeenVersions(),
              listing_context(context)) {}

Result<std::variant<RawRecords, End>> FhirTypeListing::next() {
  LAKEFLOW_ASSIGN(auto step, reader_.next());
  if (!began_) {
    began_ = server_.last_date();
  }
  if (const auto* records = std::get_if<RawRecords>(&step)) {
    RawRecords counted;
    counted.bytes_read = records->bytes_read;
    return counted;
  }
  return step;
}

FhirPatientListing::FhirPatientListing(FhirServerOptions server, FhirSearchTerms terms, std::vector<std::string> patients, const ReadContext& context)
    : server_(std::move(server)), terms_(of_ids(std::move(terms))), patients_(std::move(patients)), context_(listing_context(context)) {}

Result<std::variant<RawRecords, End>> FhirPatientListing::next() {
  if (searches_ == nullptr) {
    FhirPatientSearchOptions search{.terms = terms_, .wants_ids = true};
    const auto task = [this](std::size_t number) -> Result<FhirPatientTask> { return FhirPatientTask{.patient = patients_[number], .from = {}}; };
    LAKEFLOW_ASSIGN(searches_, FhirPatientSearches::start(server_, std::move(search), patients_.size(), task, context_));
  }
  LAKEFLOW_ASSIGN(std::optional<FhirPatientStep> step, searches_->next());
  if (!step) {
    return End::kComplete;
  }
  began_ = began_ ? began_ : step->date;
  ids_.insert(ids_.end(), step->ids_met.begin(), step->ids_met.end());
  if (step->has_ended && step->refused == 0) {
    covered_.insert(patients_[step->task]);
  }
  RawRecords counted;
  counted.bytes_read = step->records.bytes_read;
  return counted;
}

bool FhirPatientListing::covers(std::string_view id, std::string_view subjects) const {
  if (terms_.type == "Patient") {
    return covered_.contains(id);
  }
  return std::ranges::any_of(patients_of_references(subjects), [this](const std::string& patient) { return covered_.contains(patient); });
}

}  // namespace lakeflow
