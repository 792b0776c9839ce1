#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "sources/healthcare/fhir/fhir_id_comparison.h"
#include "sources/healthcare/fhir/fhir_patient_position.h"
#include "sources/healthcare/fhir/fhir_patient_searches.h"
#include "sources/healthcare/fhir/fhir_patient_source.h"
#include "sources/healthcare/fhir/fhir_server.h"
#include "sources/healthcare/fhir/fhir_table_reader.h"
#include "sources/interface/record_reader.h"

namespace lakeflow {

// Reads what changed in a table of the Patient compartment, patient by patient: for servers that refuse a search which names no patient.
//
//   - Each patient of the list has a place of his own (FhirPatientPosition), by the rules of FhirSearchReader, which reads his resources. A patient
//     who is new in the list is read from the beginning.
//   - Several are searched for at once; they are returned in one order, so that a read that was cut goes on where it was, within a patient too.
//   - Where the server refuses the search for a patient he stays where he was, is counted, and is asked for again by the next read. Where it
//     refuses all, that is an error.
//   - A patient who left the list keeps his rows and his place.
//   - Deletions are found by FhirIdComparison, among the rows of those whose resources the server lists.
//
// Ids of patients are in no message, nor in the state.
class FhirPatientReader final : public RecordReader {
 public:
  // A user error where the offset is none of a FHIR table.
  static Result<std::unique_ptr<FhirPatientReader>> open(FhirServerOptions server, FhirTableRead options, FhirPatientSource source,
                                                         const Offset& start_offset, const ReadContext& context);

  Result<std::variant<RawRecords, End>> next() override;
  std::optional<Offset> offset() const override;
  StateDelta state_delta() override;

 private:
  struct Patient {
    std::string key;  // of his entry
    std::string id;
  };

  FhirPatientReader(FhirServerOptions server_options, std::unique_ptr<FhirServer> server, FhirTableRead options, FhirPatientSource source,
                    FhirPatientsPosition start, bool is_start, bool was_read_whole, const ReadContext& context);

  Status begin();
  Status load_state();
  Result<FhirPatientPosition> place_of(const std::string& key) const;
  Result<std::optional<RawRecords>> read_on();
  Status take(FhirPatientStep& step);
  Status take_refusal(const Patient& patient, int status);
  Status take_end(const Patient& patient, FhirPatientStep& step);
  void drop_what_came_already(FhirPatientStep& step);
  Status end_round();
  Status mark_who_left();
  void begin_comparison();
  bool comparison_is_due() const;
  TimestampMicros now() const;
  void set_entry(const std::string& key, const FhirPatientPosition& entry) { changed_[key] = entry.text(); }
  FhirPatientsPosition position() const;

  const FhirServerOptions server_options_;
  std::unique_ptr<FhirServer> server_;
  const FhirTableRead options_;
  const FhirPatientSource source_;
  const ReadContext context_;
  const FhirPatientsPosition start_;
  const bool is_start_;
  const bool is_first_round_;  // or what is left of it
  const bool was_read_whole_;

  bool has_begun_ = false;
  bool has_ended_ = false;
  std::vector<Patient> patients_;                         // of the list, by key
  std::size_t first_ = 0;                                 // of them that this read asks for
  std::unordered_map<std::string, std::string> entries_;  // as they were when the read began
  std::unique_ptr<FhirPatientSearches> searches_;
  std::unique_ptr<FhirIdComparison> comparison_;

  FhirPatientsPosition position_;
  std::map<std::string, std::optional<std::string>> changed_;  // entries, since the last state_delta()
  std::uint64_t steps_ = 0;
  std::uint64_t returned_of_patient_ = 0;  // of whom steps are taken
  bool is_partly_read_ = false;            // he, as his entry says
  bool warned_of_others_ = false;
  std::map<int, std::uint64_t> refused_;                 // by status
  std::vector<std::uint64_t> returned_;                  // ids, as FhirTableReader has them
  std::unordered_set<std::uint64_t> returned_versions_;  // where a resource may be several patients'
  const bool may_come_again_;
  std::optional<TimestampMicros> date_;
};

}  // namespace lakeflow
