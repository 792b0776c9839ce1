#include "sources/dicomweb/orthanc_position.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace lakeflow {
namespace {

using Json = nlohmann::ordered_json;

Error not_understood() {
  return Error::user("the entry offset of its state in the destination is none of a table of Orthanc, as if it had been changed by hand",
                     "lakeflow state reset begins anew");
}

Result<TimestampMicros> time_of(const Json& json, const char* name) {
  if (!json.contains(name)) {
    return 0;
  }
  const std::optional<TimestampMicros> time = parse_utc(json.at(name).get<std::string>());
  return time ? Result<TimestampMicros>(*time) : std::unexpected(not_understood());
}

}  // namespace

Offset OrthancPosition::offset() const {
  Json json = {{"since", since}};
  if (instances) {
    json["instances"] = *instances;
  }
  if (read_at > 0) {
    json["read_at"] = format_utc(read_at);
  }
  if (!seen.empty()) {
    json["seen"] = seen;
  }
  if (listing) {
    json["listing"] = {{"after", listing->after}, {"all", listing->all}};
  }
  if (!fields.empty()) {
    json["fields"] = fields;
  }
  if (compared > 0) {
    json["compared"] = format_utc(compared);
  }
  return Offset(json.dump());
}

Result<OrthancPosition> OrthancPosition::parse(const Offset& offset) {
  OrthancPosition position;
  if (offset.is_start()) {
    return position;
  }
  const Json json = Json::parse(offset.json(), nullptr, false);
  if (!json.is_object()) {
    return std::unexpected(not_understood());
  }
  try {
    position.since = json.at("since").get<std::uint64_t>();
    if (json.contains("instances")) {
      position.instances = json.at("instances").get<std::uint64_t>();
    }
    if (json.contains("seen")) {
      position.seen = json.at("seen").get<std::vector<std::string>>();
    }
    position.fields = json.value("fields", "");
    if (json.contains("listing")) {
      position.listing = {.after = json.at("listing").at("after").get<std::string>(), .all = json.at("listing").at("all").get<bool>()};
    }
    LAKEFLOW_ASSIGN(position.read_at, time_of(json, "read_at"));
    LAKEFLOW_ASSIGN(position.compared, time_of(json, "compared"));
  } catch (const Json::exception&) {
    return std::unexpected(not_understood());
  }
  return position;
}

std::string OrthancPosition::in_words() const {
  std::string words = fmt::format("change {}", since);
  if (listing && listing->after.empty()) {
    words += ", a listing is due";
  } else if (listing) {
    words += ", a listing is under way";
  }
  if (read_at > 0) {
    words += fmt::format(", last read at {}", format_utc(read_at));
  }
  return words;
}

}  // namespace lakeflow
