#include "sources/healthcare/fhir_position.h"

#include <string>

#include <nlohmann/json.hpp>

namespace lakeflow {
namespace {

using Json = nlohmann::ordered_json;

void put_time(Json& object, const char* name, const std::optional<TimestampMicros>& time) {
  if (time) {
    object[name] = format_utc(*time);
  }
}

std::optional<TimestampMicros> take_time(const Json& object, const char* name) {
  return object.contains(name) ? parse_utc(object.at(name).get<std::string>()) : std::nullopt;
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
  return Offset(json.dump());
}

Result<FhirPosition> FhirPosition::parse(const Offset& offset) {
  FhirPosition position;
  if (offset.is_start()) {
    return position;
  }
  const Json json = Json::parse(offset.json(), nullptr, false);
  if (!json.is_object()) {
    return std::unexpected(Error::internal("an offset of the FHIR reader is no JSON object"));
  }
  try {
    position.at = take_time(json, "at");
    if (json.contains("pass")) {
      const Json& open = json.at("pass");
      position.pass = FhirPass{.from = take_time(open, "from"), .date = take_time(open, "date"), .high = take_time(open, "high")};
    }
    position.changes = json.value("changes", std::uint64_t{0});
  } catch (const Json::exception&) {
    return std::unexpected(Error::internal("an offset of the FHIR reader has a member of another type"));
  }
  return position;
}

}  // namespace lakeflow
