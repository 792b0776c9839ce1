#include "sources/healthcare/fhir/fhir_position.h"

#include <algorithm>
#include <initializer_list>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

namespace lakeflow {
namespace {

using Json = nlohmann::ordered_json;

void put_time(Json& object, const char* name, const std::optional<TimestampMicros>& time) {
  if (time) {
    object[name] = format_utc(*time);
  }
}

// An offset that is not understood whole is not followed: to read from somewhere else would lose records, or bring them twice.
Error not_understood() {
  return Error::user("the entry offset of its state in the destination is none of a FHIR table, as if it had been changed by hand",
                     "lakeflow state set says where to read on, lakeflow state reset begins anew");
}

// False where there is something else than a time.
bool take_time(const Json& object, const char* name, std::optional<TimestampMicros>& time) {
  if (!object.contains(name)) {
    return true;
  }
  time = parse_utc(object.at(name).get<std::string>());
  return time.has_value();
}

bool has_only(const Json& object, std::initializer_list<std::string_view> names) {
  return object.is_object() &&
         std::ranges::all_of(object.items(), [&](const auto& member) { return std::ranges::find(names, member.key()) != names.end(); });
}

}  // namespace

Offset FhirPosition::offset() const {
  Json json = Json::object();
  put_time(json, "at", at);
  if (pass) {
    Json open = Json::object();
    put_time(open, "from", pass->from);
    put_time(open, "date", pass->date);
    put_time(open, "high", pass->high);
    json["pass"] = std::move(open);
  }
  if (changes > 0) {
    json["changes"] = changes;
  }
  if (found) {
    json["found"] = fhir_strategy_name(*found);
  }
  put_time(json, "compared", compared);
  if (!selection.empty()) {
    json["selection"] = selection;
  }
  return Offset(json.dump());
}

Result<FhirPosition> FhirPosition::parse(const Offset& offset) {
  FhirPosition position;
  if (offset.is_start()) {
    return position;
  }
  const Json json = Json::parse(offset.json(), nullptr, false);
  if (json.is_object() && json.contains("patients")) {
    return std::unexpected(Error::user("the table was read by patient until now: what is about others than those in the list was never read",
                                       "set patients (or patients_file) as it was, or read the table whole: lakeflow ingest --full-refresh"));
  }
  if (!has_only(json, {"at", "pass", "changes", "found", "compared", "selection"})) {
    return std::unexpected(not_understood());
  }
  try {
    bool understood = take_time(json, "at", position.at);
    if (json.contains("pass")) {
      const Json& open = json.at("pass");
      FhirPass& pass = position.pass.emplace();
      understood = understood && has_only(open, {"from", "date", "high"}) && take_time(open, "from", pass.from) &&
                   take_time(open, "date", pass.date) && take_time(open, "high", pass.high);
    }
    if (json.contains("found")) {
      position.found = parse_fhir_strategy(json.at("found").get<std::string>());
      understood = understood && (position.found == FhirStrategy::kHistory || position.found == FhirStrategy::kSearch);
    }
    understood = understood && take_time(json, "compared", position.compared);
    if (!understood) {
      return std::unexpected(not_understood());
    }
    position.changes = json.value("changes", std::uint64_t{0});
    position.selection = json.value("selection", std::string());
  } catch (const Json::exception&) {
    return std::unexpected(not_understood());
  }
  return position;
}

}  // namespace lakeflow
