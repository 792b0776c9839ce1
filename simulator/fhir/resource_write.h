#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "simulator/fhir/resource_store.h"

namespace lakeflow {

// A create (kPost: the id is the server's choice, whatever the text says) or an update (kPut: the text's id must be this one).
// Refuses with 400 what is no resource of this type, or of another id.
Granted<ResourceWrite> prepare_write(WriteMethod method, std::string_view type, std::string id, std::string text);

// The version that `W/"3"` names; 0, which no version has, where it names none of ours.
std::uint64_t parse_entity_tag(std::string_view tag);

}  // namespace lakeflow
