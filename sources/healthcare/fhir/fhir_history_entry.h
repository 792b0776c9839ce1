#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "libs/fhir/bundle.h"

namespace lakeflow {

// A deletion as a history tells of it (FHIR R4 §3.1.0.12): an entry whose request was a DELETE. Servers give as much of it as they like: some
// with a time, some with the resource as it was, some (HAPI) with nothing but the URL that was asked for.
struct FhirDeletion {
  std::string type;  // empty where the entry does not tell
  std::string id;    // likewise
  std::string version_id;
  std::optional<TimestampMicros> time;
};

// Nothing where the entry is no deletion.
std::optional<FhirDeletion> deletion_of(const fhir::BundleEntry& entry);

// The record of a deletion: the key and, where they are known, version and time, as a resource of the type has them.
std::string delete_record(std::string_view type, std::string_view id, std::string_view version_id, std::optional<TimestampMicros> time);

}  // namespace lakeflow
