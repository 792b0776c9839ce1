#include "sources/healthcare/fhir/fhir_history_entry.h"

#include <vector>

#include <fmt/format.h>

#include "base/json_text.h"

namespace lakeflow {
namespace {

// What a URL names: ".../Patient/7", "Patient/7/_history/2".
struct Place {
  std::string type;
  std::string id;
  std::string version_id;
};

Place place_of(std::string_view url) {
  url = url.substr(0, url.find_first_of("?#"));
  std::vector<std::string_view> parts;
  while (!url.empty()) {
    const std::size_t slash = std::min(url.find('/'), url.size());
    if (slash > 0) {
      parts.push_back(url.substr(0, slash));
    }
    url.remove_prefix(std::min(slash + 1, url.size()));
  }
  Place place;
  if (parts.size() >= 2 && parts[parts.size() - 2] == "_history") {
    place.version_id = parts.back();
    parts.resize(parts.size() - 2);
  }
  if (parts.size() >= 2) {
    place.type = parts[parts.size() - 2];
    place.id = parts.back();
  }
  return place;
}

// W/"2"
std::string version_of(std::string_view etag) {
  const std::size_t begin = etag.find('"');
  const std::size_t end = etag.rfind('"');
  return begin == std::string_view::npos || end <= begin ? std::string() : std::string(etag.substr(begin + 1, end - begin - 1));
}

}  // namespace

std::optional<FhirDeletion> deletion_of(const fhir::BundleEntry& entry) {
  const bool is_gone = entry.resource.empty() && entry.method.empty() && (entry.status.starts_with("204") || entry.status.starts_with("410"));
  if (entry.method != "DELETE" && !is_gone) {
    return std::nullopt;
  }
  Place place = place_of(entry.request_url);
  if (place.id.empty()) {
    place = place_of(entry.full_url);
  }
  FhirDeletion deletion{.type = entry.resource_type.empty() ? place.type : entry.resource_type,
                        .id = entry.id.empty() ? place.id : entry.id,
                        .version_id = place.version_id,
                        .time = parse_utc(entry.last_modified)};
  if (deletion.version_id.empty()) {
    deletion.version_id = version_of(entry.etag);
  }
  return deletion;
}

std::string delete_record(std::string_view type, std::string_view id, std::string_view version_id, std::optional<TimestampMicros> time) {
  std::string text = fmt::format(R"({{"resourceType":"{}","id":)", type);
  append_json_string(text, id);
  if (!version_id.empty() || time) {
    text += R"(,"meta":{)";
    if (!version_id.empty()) {
      text += R"("versionId":)";
      append_json_string(text, version_id);
    }
    if (time) {
      text += fmt::format(R"({}"lastUpdated":"{}")", version_id.empty() ? "" : ",", format_utc(*time));
    }
    text += '}';
  }
  return text + '}';
}

}  // namespace lakeflow
