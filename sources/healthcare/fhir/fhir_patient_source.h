#pragma once

#include <cstdint>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/logging.h"
#include "base/options.h"
#include "sources/healthcare/fhir/fhir_server.h"

namespace lakeflow {

// Where the list of patients comes from, of whom the tables of the Patient compartment are read one after the other: the options patients and
// patients_file of the connection, or patients of the table.
struct FhirPatientSource {
  enum class Kind {
    kNone,    // tables are read whole
    kGroup,   // the members of a Group of the server, and of the Groups that are members of it
    kSearch,  // what a search for Patient finds
    kFile,    // an id a line
  };
  Kind kind = Kind::kNone;
  std::string place;  // the Group's id; the search's parameters, encoded for a URL; the file's path

  // A user error where an option makes no sense, or both are given.
  static Result<FhirPatientSource> parse(const Options& connection_options, const Options& table_options);

  // Whether a table of the type is read by patient. Where all patients are searched for, Patient itself is not: the server gives it whole.
  bool reads_by_patient(std::string_view type) const;

  // "Group/12", "a search for Patient", "cohort.txt"
  std::string in_words() const;

  bool operator==(const FhirPatientSource&) const = default;
};

// The ids of the patients, sorted, each once. A user error where the file is not there, holds what is no id (by its line: an id is a patient's data)
// or no id at all; a source error where the server has no such Group, its members are none that can be told, or it does not let patients be
// searched. A search whose pages shift is read until it is known to be whole; where it never is, what came is taken, with a warning.
Result<std::vector<std::string>> load_patients(FhirServer& server, const FhirPatientSource& source, std::int64_t page_size, Logger& log,
                                               const std::stop_token& stop);

}  // namespace lakeflow
