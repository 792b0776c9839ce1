#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "simulator/fhir/operation_outcome.h"

namespace lakeflow {

// A part of a text: [begin, end).
struct TextSpan {
  std::size_t begin = 0;
  std::size_t end = 0;
};

// What a server must know of a resource in JSON, and where in the text it stands. The text itself is kept as it came.
struct ResourceOutline {
  std::string type;
  std::string id;                            // empty where there is none
  std::string version_id;                    // of meta, likewise
  std::string last_updated;                  // of meta, likewise
  TextSpan type_value;                       // the value of resourceType, with its quotes
  std::optional<TextSpan> id_value;          // of id, likewise
  std::optional<TextSpan> meta_value;        // the object, with its braces
  std::vector<TextSpan> other_meta_members;  // of meta: name and value of all but versionId and lastUpdated
};

// Refuses with 400 what is no JSON object, has no resourceType or has one of the wrong type, and with 422 a meta or id that
// can't be one. (What else FHIR says of resources is not checked.)
Granted<ResourceOutline> outline_resource(std::string_view json);

// Letters, digits, '-' and '.' (FHIR R4 §2.24.0.1, type id; but for its limit of 64, which HL7's own examples pass).
bool is_fhir_id(std::string_view text);

// The text with this id, versionId and lastUpdated (left out where there is none) in it, and otherwise as it was.
std::string stamp_resource(std::string_view json, const ResourceOutline& outline, std::string_view id, std::uint64_t version,
                           std::optional<std::string_view> last_updated);

// Each string value of the text that is, whole, a key ("urn:uuid:…") replaced by what belongs to it ("Patient/1"): how the
// references between a transaction's entries become those of the server (FHIR R4 §3.1.0.11.2). Keys begin with "urn:".
std::string replace_references(std::string_view json, const std::unordered_map<std::string, std::string>& references);

}  // namespace lakeflow
