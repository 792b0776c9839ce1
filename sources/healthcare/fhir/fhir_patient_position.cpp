#include "sources/healthcare/fhir/fhir_patient_position.h"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>
#include <xxhash.h>
#include <nlohmann/json.hpp>

namespace lakeflow {
namespace {

using Json = nlohmann::ordered_json;
using Mark = FhirPatientPosition::Mark;

constexpr std::array<std::pair<Mark, std::string_view>, 2> kMarks{{{Mark::kRefused, "refused"}, {Mark::kLeft, "left"}}};

Error not_understood(std::string_view entry) {
  return Error::user(fmt::format("the entry {} of its state in the destination is none of a FHIR table that is read by patient, as if it had been "
                                 "changed by hand",
                                 entry),
                     "lakeflow state set says where to read on, lakeflow state reset begins anew");
}

void put_time(Json& object, const char* name, const std::optional<TimestampMicros>& time) {
  if (time) {
    object[name] = format_utc(*time);
  }
}

// False where there is something else than a time.
bool take_time(const Json& object, const char* name, std::optional<TimestampMicros>& time) {
  const auto found = object.find(name);
  if (found == object.end()) {
    return true;
  }
  time = found->is_string() ? parse_utc(found->get_ref<const std::string&>()) : std::nullopt;
  return time.has_value();
}

bool has_only(const Json& object, std::initializer_list<std::string_view> names) {
  return object.is_object() &&
         std::ranges::all_of(object.items(), [&](const auto& item) { return std::ranges::find(names, item.key()) != names.end(); });
}

}  // namespace

std::string FhirPatientPosition::key_of(std::string_view patient) {
  const XXH128_hash_t hash = XXH3_128bits(patient.data(), patient.size());
  return fmt::format("{}{:016x}{:016x}", kKeyPrefix, hash.high64, hash.low64);
}

std::string FhirPatientPosition::text() const {
  Json json = Json::parse(FhirPosition{.at = position.at, .pass = position.pass}.offset().json());
  if (!seen.empty()) {
    json["seen"] = seen;
  }
  if (mark != Mark::kNone) {
    json["mark"] = std::ranges::find(kMarks, mark, &std::pair<Mark, std::string_view>::first)->second;
  }
  return json.dump();
}

Result<FhirPatientPosition> FhirPatientPosition::parse(std::string_view key, std::string_view text) {
  FhirPatientPosition patient;
  Json json = Json::parse(text, nullptr, false);
  if (!json.is_object()) {
    return std::unexpected(not_understood(key));
  }
  if (const auto seen = json.find("seen"); seen != json.end()) {
    patient.seen = seen->is_string() ? seen->get<std::string>() : std::string();
    if (patient.seen.empty() || !SeenVersions::parse(patient.seen)) {
      return std::unexpected(not_understood(key));
    }
    json.erase("seen");
  }
  if (const auto mark = json.find("mark"); mark != json.end()) {
    const auto known = mark->is_string() ? std::ranges::find(kMarks, std::string_view(mark->get_ref<const std::string&>()),
                                                             &std::pair<Mark, std::string_view>::second)
                                         : kMarks.end();
    if (known == kMarks.end()) {
      return std::unexpected(not_understood(key));
    }
    patient.mark = known->first;
    json.erase("mark");
  }
  Result<FhirPosition> position = FhirPosition::parse(Offset(json.dump()));
  if (!position) {
    return std::unexpected(not_understood(key));
  }
  patient.position = *std::move(position);
  return patient;
}

Offset FhirPatientsPosition::offset() const {
  Json json = Json::object();
  put_time(json, "at", at);
  Json patients = Json::object();
  put_time(patients, "floor", floor);
  put_time(patients, "high", high);
  if (round) {
    Json open = Json::object();
    put_time(open, "floor", round->floor);
    if (!round->after.empty()) {
      open["after"] = round->after;
    }
    patients["round"] = std::move(open);
  }
  if (changes > 0) {
    patients["changes"] = changes;
  }
  json["patients"] = std::move(patients);
  put_time(json, "compared", compared);
  if (!selection.empty()) {
    json["selection"] = selection;
  }
  return Offset(json.dump());
}

bool FhirPatientsPosition::is_one(const Offset& offset) {
  const Json json = Json::parse(offset.json(), nullptr, false);
  return json.is_object() && json.contains("patients");
}

Result<FhirPatientsPosition> FhirPatientsPosition::parse(const Offset& offset) {
  FhirPatientsPosition position;
  if (offset.is_start()) {
    return position;
  }
  if (!is_one(offset)) {
    LAKEFLOW_ASSIGN(const FhirPosition whole, FhirPosition::parse(offset));
    // In the middle of a first load nothing is known of any patient.
    position.at = whole.pass ? whole.pass->from : whole.at;
    position.compared = whole.compared;
    position.selection = whole.selection;
    return position;
  }
  const Json json = Json::parse(offset.json(), nullptr, false);
  const Json& patients = json.at("patients");
  bool understood = has_only(json, {"at", "patients", "compared", "selection"}) && has_only(patients, {"floor", "high", "round", "changes"}) &&
                    take_time(json, "at", position.at) && take_time(json, "compared", position.compared) &&
                    take_time(patients, "floor", position.floor) && take_time(patients, "high", position.high);
  if (const auto open = patients.find("round"); understood && open != patients.end()) {
    FhirPatientRound& round = position.round.emplace();
    understood = has_only(*open, {"floor", "after"}) && take_time(*open, "floor", round.floor);
    if (const auto after = open->find("after"); understood && after != open->end()) {
      understood = after->is_string();
      round.after = understood ? after->get<std::string>() : std::string();
    }
  }
  if (const auto selection = json.find("selection"); understood && selection != json.end()) {
    understood = selection->is_string();
    position.selection = understood ? selection->get<std::string>() : std::string();
  }
  if (const auto changes = patients.find("changes"); understood && changes != patients.end()) {
    understood = changes->is_number_unsigned();
    position.changes = understood ? changes->get<std::uint64_t>() : 0;
  }
  return understood ? Result<FhirPatientsPosition>(std::move(position)) : std::unexpected(not_understood("offset"));
}

Result<std::string> fhir_patients_in_words(const Offset& offset, const StateLookup& state) {
  LAKEFLOW_ASSIGN(const FhirPatientsPosition position, FhirPatientsPosition::parse(offset));
  std::uint64_t patients = 0;
  std::uint64_t refused = 0;
  std::uint64_t left = 0;
  LAKEFLOW_TRY(state.scan(FhirPatientPosition::kKeyPrefix, [&](std::string_view key, std::string_view value) -> Status {
    LAKEFLOW_ASSIGN(const FhirPatientPosition patient, FhirPatientPosition::parse(key, value));
    ++patients;
    refused += patient.mark == Mark::kRefused ? 1U : 0U;
    left += patient.mark == Mark::kLeft ? 1U : 0U;
    return {};
  }));
  const std::optional<TimestampMicros> high = std::max(position.high, position.at);
  std::string words = fmt::format("{}, by patient: {} patients", high ? format_utc(*high) : "the beginning", patients);
  if (refused > 0) {
    words += fmt::format(", {} of them refused by the server", refused);
  }
  if (left > 0) {
    words += fmt::format(", {} of them no longer in the list", left);
  }
  if (position.round) {
    words += ", a round is not at its end";
  }
  return position.compared ? fmt::format("{}, ids compared at {}", words, format_utc(*position.compared)) : words;
}

}  // namespace lakeflow
