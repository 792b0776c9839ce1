#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace arrow {
class Schema;
}  // namespace arrow

namespace lakeflow::fhir {

inline constexpr int kMinimumSchemaDepth = 2;  // so that meta.lastUpdated is a column
inline constexpr int kMaximumSchemaDepth = 6;
inline constexpr int kMaximumDecimalScale = 30;

struct SchemaOptions {
  // How many levels of elements are columns: at 2, name is a list of structs whose period is JSON text; at 3, name.period.start
  // is a column. A database pays for every leaf column, filled or not: an Observation has 286 at depth 2, 699 at 3, 1,674 at 6.
  // At 3 the codes (code.coding.code) are typed, and those are what most queries ask for: hence the default.
  int depth = 3;
  // The last column, raw_json, holds the resource as it was sent.
  bool raw_json = true;
  // Decimals are decimal128(38, decimal_scale): so many digits after the point, and the rest of 38 before it. Doubles that were written out have up
  // to 17 digits after the point (Synthea's 172.81834583921852), and identifiers kept as numbers up to 20 before it: hence the default.
  int decimal_scale = 18;
  // The elements of the resource that are columns, by the names of the definition ("status"; "value" is all of value[x], "valueQuantity" one of
  // them), beside resourceType, id and meta. All where none is named. Members of the others are left out (the schema's metadata say so), not rescued.
  std::vector<std::string> elements = {};
};

// The columns of a FHIR R4 resource type, as the type's definition has its elements, in that order and under their JSON names,
// nested as FHIR is. All columns may be null. What no column can hold losslessly has its text beside it, so nothing is lost:
//   - a complex element below the depth, contained, extension, modifierExtension and a resource inside a resource (Bundle) are
//     text columns with the JSON that stands there (the rule "json" of sources/interface/schema_rules.h);
//   - a primitive element has a sibling of JSON text for its id and extensions ("_birthDate");
//   - a choice element has one column per type ("valueQuantity", "valueString");
//   - where there is no raw_json, an instant and a base64Binary have the text that was sent beside them ("lastUpdated_text", by the rule
//     "text_of"): an offset, a number of digits and white space are not in their values. resource_text.h turns such a row into the resource again.
// Types: boolean; the integers are int64; decimal is decimal128; instant is a timestamp in UTC; base64Binary is binary, decoded;
// date, dateTime and time, which may be partial, keep their text, and a dateTime has its instant beside
// it ("onsetDateTime_utc", by the rule "utc_of"); all else is text. Elements carry their description (kDescription).
//
// A user error where FHIR R4 has no such resource type, a number is out of range or the type has no such element (it names the nearest one).
Result<std::shared_ptr<arrow::Schema>> resource_schema(std::string_view resource_type, const SchemaOptions& options = {});

// Those elements as a search asks for them (_elements): by the definition's names, "value" for valueQuantity, each once; id and meta first.
std::vector<std::string> searched_elements(std::string_view resource_type, const std::vector<std::string>& elements);

}  // namespace lakeflow::fhir
