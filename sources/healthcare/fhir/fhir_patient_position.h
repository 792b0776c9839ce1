#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/error.h"
#include "sources/healthcare/fhir/fhir_position.h"
#include "sources/healthcare/fhir/fhir_seen_versions.h"
#include "sources/interface/offset.h"

namespace lakeflow {

// Where the reading of one patient's resources of a type stands; an entry of the table's keyed state. It is written where something came, so a
// quiet patient costs nothing: whoever was read by the last whole round stands at its floor (FhirPatientsPosition), wherever that is later.
struct FhirPatientPosition {
  enum class Mark {
    kNone,     // was read by the last whole round
    kRefused,  // the server refused the last search for him
    kLeft,     // he is no longer in the list; his rows stay
  };
  FhirPosition position = {};  // `at` and `pass` alone
  std::string seen = {};       // SeenVersions::text() that goes with it
  Mark mark = Mark::kNone;

  // The key of his entry: a hash of his id, as state outlives an erasure and is shown to people.
  static std::string key_of(std::string_view patient);
  static constexpr std::string_view kKeyPrefix = "patient/";

  std::string text() const;
  // A user error where it is none of ours.
  static Result<FhirPatientPosition> parse(std::string_view key, std::string_view text);
};

// A round over all patients of the list that is not at its end.
struct FhirPatientRound {
  std::optional<TimestampMicros> floor = {};  // what it will set
  std::string after = {};                     // the key of the last patient that it came to, without the prefix

  bool operator==(const FhirPatientRound&) const = default;
};

// Where the reading of a table by patient stands; the text of its Offset. Patients are read in rounds, in the order of their keys.
struct FhirPatientsPosition {
  // Whoever was read by the last whole round is read from here: what was the latest lastUpdated of the table when the round began.
  std::optional<TimestampMicros> floor = {};
  std::optional<TimestampMicros> high = {};    // the latest lastUpdated of the table that was read, and not of the future
  std::optional<FhirPatientRound> round = {};  // one that is not at its end
  std::uint64_t changes = 0;                   // of the keyed state
  // Where patients without an entry begin: said by a person, or reached before the table was read by patient. Until the round's end.
  std::optional<TimestampMicros> at = {};
  std::optional<TimestampMicros> compared = {};  // as FhirPosition has it
  std::string selection = {};                    // likewise

  Offset offset() const;
  // Of an offset of a table that was not read by patient until now, too. A user error where it is none of ours.
  static Result<FhirPatientsPosition> parse(const Offset& offset);
  // Whether the offset is of this form.
  static bool is_one(const Offset& offset);

  bool operator==(const FhirPatientsPosition&) const = default;
};

// "2024-05-01T00:00:00Z, by patient: 5 patients, of 1 the server refused the last search, 2 left the list"
Result<std::string> fhir_patients_in_words(const Offset& offset, const StateLookup& state);

}  // namespace lakeflow
