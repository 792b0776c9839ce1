#pragma once

#include <memory>
#include <string_view>

#include "base/error.h"

namespace arrow {
class Schema;
}  // namespace arrow

namespace lakeflow::fhir {

inline constexpr int kMinimumSchemaDepth = 2;  // so that meta.lastUpdated is a column
inline constexpr int kMaximumSchemaDepth = 6;

struct SchemaOptions {
  // How many levels of elements are columns: at 2, name is a list of structs whose period is JSON text; at 3, name.period.start
  // is a column. A database pays for every leaf column, filled or not: an Observation has 286 at depth 2, 699 at 3, 1,674 at 6.
  // At 3 the codes (code.coding.code) are typed, and those are what most queries ask for: hence the default.
  int depth = 3;
  // The last column, raw_json, holds the resource as it was sent.
  bool raw_json = true;
};

// The columns of a FHIR R4 resource type, as the type's definition has its elements, in that order and under their JSON names,
// nested as FHIR is. All columns may be null. What no column can hold losslessly has its text beside it, so nothing is lost:
//   - a complex element below the depth, contained, extension, modifierExtension and a resource inside a resource (Bundle) are
//     text columns with the JSON that stands there (the rule "json" of sources/interface/schema_rules.h);
//   - a primitive element has a sibling of JSON text for its id and extensions ("_birthDate");
//   - a choice element has one column per type ("valueQuantity", "valueString").
// Types: boolean; the integers are int64; decimal is decimal128(38,18); instant is a timestamp in UTC; base64Binary is binary, decoded;
// date, dateTime and time, which may be partial, keep their text, and a dateTime has its instant beside
// it ("onsetDateTime_utc", by the rule "utc_of"); all else is text. Elements carry their description (kDescription).
//
// A user error where FHIR R4 has no such resource type or the depth is out of range.
Result<std::shared_ptr<arrow::Schema>> resource_schema(std::string_view resource_type, const SchemaOptions& options = {});

}  // namespace lakeflow::fhir
